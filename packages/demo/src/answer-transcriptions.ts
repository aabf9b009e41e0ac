import type { Batch, Call } from '@sluice/core'
import type {
  Transcription,
  TranscriptionCreateParams,
  TranscriptionStreamEvent,
  UploadedFile,
} from '@sluice/core/wire'
import { BinaryBatch, DocumentBatch, TypedEventBatch } from '@sluice/sse-stream/internal'
import { defer, switchMap, type Observable } from 'rxjs'
import { transcriptForm } from '@sluice/providers/internal'
import type { DemoHandler, DemoContext } from './answerer.ts'
import { splitTokens } from './count-tokens.ts'
import { oneBatch } from './one-batch.ts'
import { pacedEmission } from './paced-emission.ts'
import { readWavFormat, secondsOf, type WavFormat } from './wav.ts'

type TranscriptBatch = Batch<TranscriptionStreamEvent, Transcription>

interface Heard {
  readonly text: string
  readonly seconds: number
}

/**
 * Answers transcriptions. The demo hears no words and says so; what it tells is what the file's
 * head says of it.
 */
export const answerTranscriptions: DemoHandler<'audio.transcriptions'> = (call, context) =>
  defer(() => listen(call.params.file)).pipe(
    switchMap((heard) =>
      call.params.stream === true ? streamed(call, context, heard) : whole(call, heard),
    ),
  )

/** Answers translations; what the demo says is English already. */
export const answerTranslations: DemoHandler<'audio.translations'> = (call) =>
  defer(() => listen(call.params.file)).pipe(
    switchMap((heard) => whole(call, heard) as Observable<Batch<never, Transcription>>),
  )

async function listen(file: UploadedFile): Promise<Heard> {
  const format = await readWavFormat(file)
  const seconds = format === undefined ? 0 : Math.round(secondsOf(format) * 1000) / 1000
  return {
    seconds,
    text: `This is the demo, which hears no words. It was given ${describe(file, format, seconds)}.`,
  }
}

function describe(file: UploadedFile, format: WavFormat | undefined, seconds: number): string {
  if (format === undefined)
    return `${file.filename}, ${file.size} bytes of ${file.contentType}, whose length it cannot tell`
  const { channels, sampleRate, bitsPerSample } = format
  const spread = channels === 1 ? 'mono' : channels === 2 ? 'stereo' : `${channels} channels`
  return `${file.filename}, a WAV recording of ${seconds} seconds, ${spread}, ${sampleRate} Hz, ${bitsPerSample} bits`
}

function whole(
  { params, gate, operation }: Call<'audio.transcriptions' | 'audio.translations'>,
  heard: Heard,
): Observable<TranscriptBatch> {
  const task = operation === 'audio.translations' ? 'translate' : 'transcribe'
  const form = transcriptForm(params.response_format)
  if (form !== undefined) {
    const bytes = form.of(verbose(params, heard, task))
    return oneBatch<TranscriptionStreamEvent, Transcription>(
      gate,
      new BinaryBatch(bytes, form.contentType, gate),
    )
  }
  const usage = { type: 'duration', seconds: Math.ceil(heard.seconds) }
  const value: Transcription =
    params.response_format === 'verbose_json'
      ? { ...verbose(params, heard, task), usage }
      : params.response_format === 'diarized_json'
        ? { ...diarized(heard), usage }
        : { text: heard.text, usage }
  return oneBatch(gate, new DocumentBatch<TranscriptionStreamEvent, Transcription>({ value }, gate))
}

function streamed(
  { gate }: Call<'audio.transcriptions'>,
  { clock, tokensPerSecond }: DemoContext,
  { text }: Heard,
): Observable<TranscriptBatch> {
  return pacedEmission<TranscriptionStreamEvent, TranscriptBatch>({
    clock,
    gate,
    stepsPerSecond: tokensPerSecond,
    *steps() {
      for (const delta of splitTokens(text)) yield [{ type: 'transcript.text.delta', delta }]
    },
    batch: (events) => new TypedEventBatch({ events }, gate),
    last: () => new TypedEventBatch({ events: [{ type: 'transcript.text.done', text }] }, gate),
  })
}

function verbose(
  params: TranscriptionCreateParams,
  { text, seconds }: Heard,
  task: string,
): Transcription {
  const segment = {
    id: 0,
    seek: 0,
    start: 0,
    end: seconds,
    text,
    tokens: [],
    temperature: params.temperature ?? 0,
    avg_logprob: 0,
    compression_ratio: 1,
    no_speech_prob: 1,
  }
  return {
    task,
    language: 'english',
    duration: seconds,
    text,
    segments: [segment],
    ...(params.timestamp_granularities?.includes('word') === true
      ? { words: wordsOf(text, seconds) }
      : {}),
  }
}

/** The words, spread evenly over the time. */
function wordsOf(text: string, seconds: number): { word: string; start: number; end: number }[] {
  const words = text.split(' ')
  const at = (index: number) => Math.round((seconds * index * 1000) / words.length) / 1000
  return words.map((word, index) => ({ word, start: at(index), end: at(index + 1) }))
}

function diarized({ text, seconds }: Heard): Transcription {
  const segment = {
    type: 'transcript.text.segment',
    id: 'seg_0',
    start: 0,
    end: seconds,
    text,
    speaker: 'A',
  }
  return { task: 'transcribe', duration: seconds, text, segments: [segment] }
}
