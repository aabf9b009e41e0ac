import { ConfigError, type Batch, type Operation } from '@sluice/core'

/** How an answer, or a part of one, says its text. `quiet` has none: pictures, sound, vectors. */
export type ResponseForm =
  | 'chat'
  | 'completion'
  | 'response'
  | 'content'
  | 'message'
  | 'transcript'
  | 'image'
  | 'quiet'
  | 'unknown'

/** The operations whose answers have a form. */
export const OPERATIONS_OF: ReadonlyMap<ResponseForm, readonly Operation[]> = new Map<
  ResponseForm,
  readonly Operation[]
>([
  ['chat', ['chat.completions']],
  ['completion', ['completions']],
  ['response', ['responses.create']],
  ['content', ['models.generateContent']],
  ['message', ['messages.create']],
  ['transcript', ['audio.transcriptions', 'audio.translations']],
  ['image', ['images.generate', 'images.edit', 'images.createVariation']],
  [
    'quiet',
    [
      'audio.speech',
      'embeddings',
      'messages.countTokens',
      'responses.inputTokens',
      'moderations',
      'models.countTokens',
      'models.list',
      'models.retrieve',
    ],
  ],
])

type Json = Readonly<Record<string, unknown>>

/** Whether something is a response in Gemini's form, or one event of it. */
function isContent({ candidates, promptFeedback, usageMetadata }: Json): boolean {
  if (Array.isArray(candidates)) return true
  return typeof promptFeedback === 'object' || typeof usageMetadata === 'object'
}
const MESSAGE_EVENT = /^(?:message_|content_block_|ping$)/

/** The form of one event. */
export function formOfChunk(chunk: unknown): ResponseForm {
  const { choices, object, type } = chunk as Json
  if (Array.isArray(choices)) {
    const first = choices[0] as Json | undefined
    if (first === undefined) return object === 'text_completion' ? 'completion' : 'chat'
    if (typeof first['delta'] === 'object' || object === 'chat.completion.chunk') return 'chat'
    return typeof first['text'] === 'string' || object === 'text_completion'
      ? 'completion'
      : 'unknown'
  }
  if (typeof type !== 'string') return isContent(chunk as Json) ? 'content' : 'unknown'
  if (type.startsWith('response.') || type === 'error') return 'response'
  if (MESSAGE_EVENT.test(type)) return 'message'
  if (type.startsWith('transcript.')) return 'transcript'
  if (type.startsWith('image_')) return 'image'
  return type.startsWith('speech.') ? 'quiet' : 'unknown'
}

/** The form of a whole answer. */
export function formOfDocument(document: unknown): ResponseForm {
  const { object, data, results, text, type, totalTokens, input_tokens: counted } = document as Json
  if (object === 'chat.completion') return 'chat'
  if (object === 'text_completion') return 'completion'
  if (object === 'response') return 'response'
  if (type === 'message') return 'message'
  if (isContent(document as Json)) return 'content'
  if (typeof text === 'string') return 'transcript'
  if (typeof totalTokens === 'number' || typeof counted === 'number') return 'quiet'
  if (object === 'list' || object === 'model' || Array.isArray(results)) return 'quiet'
  return Array.isArray(data) ? 'image' : 'unknown'
}

/** Whether bytes that are no JSON are text, as subtitles are; sound is not. */
export function isPlainText({ contentType = '', bytes }: Batch): boolean {
  const type = contentType.trim().toLowerCase()
  if (/^(?:audio|image|video)\//.test(type)) return false
  if (type.startsWith('text/')) return true
  // An upstream named no type that says it. Sound has bytes that no text has.
  if (bytes.includes(0)) return false
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true })
    return true
  } catch {
    return false
  }
}

/**
 * Says that an operator cannot do its work on an answer. An answer that it let pass would look as
 * if it had.
 */
export function cannotOperate(operator: string, form: ResponseForm): ConfigError {
  const operations = OPERATIONS_OF.get(form)
  const what = operations === undefined ? 'an answer of this form' : operations.join(' and ')
  return new ConfigError(
    'ERR_SSE_STREAM_OPERATION',
    `${operator}() cannot work on ${what}. Apply it to the other operations only.`,
  )
}
