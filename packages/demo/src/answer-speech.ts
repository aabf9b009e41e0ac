import { ApiError, type Batch } from '@sluice/core'
import { wordTable } from '@sluice/core/internal'
import type { SpeechCreateParams, SpeechStreamEvent } from '@sluice/core/wire'
import { BinaryBatch, TypedEventBatch } from '@sluice/sse-stream/internal'
import type { DemoHandler } from './answerer.ts'
import { countTokens } from './count-tokens.ts'
import { pacedEmission } from './paced-emission.ts'
import { wavHead } from './wav.ts'

type SpeechBatch = Batch<SpeechStreamEvent, never>

const SAMPLE_RATE = 24_000
const SECONDS_PER_CHARACTER = 0.06
/** A long text is spoken faster, so that no request makes minutes of sound. */
const MAX_SECONDS = 30
const CONTENT_TYPES = wordTable<string>({ wav: 'audio/wav', pcm: 'audio/pcm' })

/**
 * Answers speech with a melody, one tone for each letter, because the demo has no voice: as WAV, or
 * as raw samples (`pcm`: 24 kHz, 16 bits, mono).
 *
 * @throws ApiError 400 for the formats that it cannot encode
 */
export const answerSpeech: DemoHandler<'audio.speech'> = ({ params, gate }, { clock }) => {
  const format = params.response_format ?? 'wav'
  const contentType = CONTENT_TYPES.get(format)
  if (contentType === undefined) {
    const message = `The demo cannot encode '${format}'; it gives 'wav' and 'pcm'.`
    throw new ApiError('unsupported_parameter', { message, param: 'response_format' })
  }
  const isSse = params.stream_format === 'sse'
  return pacedEmission<Buffer, SpeechBatch>({
    clock,
    gate,
    stepsPerSecond: 0,
    *steps() {
      for (const sound of melody(params, format === 'wav')) yield [sound]
    },
    batch: (sounds) => {
      const bytes = Buffer.concat(sounds)
      return isSse
        ? new TypedEventBatch<SpeechStreamEvent>(
            { events: [{ type: 'speech.audio.delta', audio: bytes.toString('base64') }] },
            gate,
          )
        : new BinaryBatch(bytes, contentType, gate)
    },
    last: () => {
      if (!isSse) return new BinaryBatch(new Uint8Array(0), contentType, gate)
      const tokens = countTokens(params.input)
      const usage = { input_tokens: tokens, output_tokens: tokens, total_tokens: 2 * tokens }
      const cost = { prompt_tokens: tokens, completion_tokens: tokens, total_tokens: 2 * tokens }
      return new TypedEventBatch<SpeechStreamEvent>(
        { events: [{ type: 'speech.audio.done', usage }] },
        gate,
        cost,
      )
    },
  })
}

/** The sound in pieces, one for each letter, behind the head where it has one. */
function* melody({ input, speed = 1 }: SpeechCreateParams, hasHead: boolean): Generator<Buffer> {
  const characters = Array.from(input.toLowerCase())
  const seconds = Math.min(SECONDS_PER_CHARACTER / speed, MAX_SECONDS / characters.length)
  const samples = Math.max(1, Math.floor(seconds * SAMPLE_RATE))
  if (hasHead) yield wavHead(SAMPLE_RATE, samples * characters.length * 2)
  for (const character of characters) yield tone(character, samples)
}

/**
 * A blank is silence, any other character its place in a pentatonic scale, faded in and out so that
 * it does not click.
 */
function tone(character: string, samples: number): Buffer {
  const sound = Buffer.alloc(samples * 2)
  if (/\s/.test(character)) return sound
  const step = character.codePointAt(0)! % SCALE.length
  const angle = (2 * Math.PI * SCALE[step]!) / SAMPLE_RATE
  for (let at = 0; at < samples; at++) {
    const fade = Math.min(1, at / 100, (samples - at) / 100)
    sound.writeInt16LE(Math.round(Math.sin(angle * at) * fade * 8000), at * 2)
  }
  return sound
}

/** Two octaves above the middle C, in hertz. */
const SCALE = [262, 294, 330, 392, 440, 523, 587, 659, 784, 880]
