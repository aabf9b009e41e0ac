import type { Batch, Call, Params } from '@sluice/core'
import { wordTable } from '@sluice/core/internal'
import type { Completion, CompletionUsage, ImagesResponse, Transcription } from '@sluice/core/wire'
import { normalizeUsage } from '@sluice/sse-stream/internal'
import type { OtherOperation } from '../../vendor-spec/provider-spec.ts'
import { completionEvents } from './completion-events.ts'
import { completionStream } from './completion-stream.ts'
import type { StreamRules } from '../event-stream-reader.ts'
import { imageEvents } from './image-events.ts'
import type { PlainForm } from '../operation-response.ts'
import { tokenUsage } from './token-usage.ts'
import { transcriptEvents } from './transcript-events.ts'
import { transcriptForm } from './transcript-text.ts'
import { typedStream } from './typed-stream.ts'

/** The forms that the answer to one operation may have. */
export interface ResponseFormats<O extends OtherOperation> {
  /** Whether the caller asked for a stream. */
  isStreamed(params: Params<O>): boolean
  /** How a stream is read. @param nowSeconds Its time where the vendor gives it none. */
  stream?(params: Params<O>, nowSeconds: number): StreamRules
  /** A whole answer as the stream that was asked for. */
  asStream?(document: unknown, call: Call<O>): readonly Batch[]
  /** What was asked for, where it is not JSON. */
  plain?(params: Params<O>): PlainForm | undefined
  usageOf?(document: unknown): CompletionUsage | undefined
  /** A stream's first event may take minutes, so that only its end is timed, not its beginning. */
  readonly isSlow?: boolean
}

const usageOf = (document: unknown) => tokenUsage((document as { usage?: unknown }).usage)

const images = (kind: string): ResponseFormats<'images.generate' | 'images.edit'> => ({
  isStreamed: (params) => params.stream === true,
  stream: typedStream,
  asStream: (document, { gate }) => imageEvents(kind, document as ImagesResponse, gate),
  usageOf,
  isSlow: true,
})

/** Media types of speech, by `response_format`; MP3 where none is asked for. */
const SPEECH = wordTable<string>({
  mp3: 'audio/mpeg',
  opus: 'audio/opus',
  aac: 'audio/aac',
  flac: 'audio/flac',
  wav: 'audio/wav',
  pcm: 'audio/pcm',
})

/** For each operation, the forms of its answer. */
export const responseFormats: { readonly [O in OtherOperation]: ResponseFormats<O> } = {
  completions: {
    isStreamed: (params) => params.stream === true,
    stream: completionStream,
    asStream: (document, { params, gate }) =>
      completionEvents(document as Completion, params, gate),
    usageOf: (document) => normalizeUsage((document as Completion).usage),
  },
  'images.generate': images('image_generation'),
  'images.edit': images('image_edit'),
  'images.createVariation': { isStreamed: () => false, usageOf },
  'audio.transcriptions': {
    isStreamed: (params) => params.stream === true,
    stream: typedStream,
    asStream: (document, { gate }) => transcriptEvents(document as Transcription, gate),
    plain: (params) => transcriptForm(params.response_format),
    usageOf,
  },
  'audio.translations': {
    isStreamed: () => false,
    plain: (params) => transcriptForm(params.response_format),
    usageOf,
  },
  'audio.speech': {
    isStreamed: (params) => params.stream_format === 'sse',
    stream: typedStream,
    plain: (params) => ({
      contentType: SPEECH.get(params.response_format ?? 'mp3') ?? 'application/octet-stream',
    }),
  },
  moderations: { isStreamed: () => false },
}
