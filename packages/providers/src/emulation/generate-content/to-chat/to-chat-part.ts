import { ApiError } from '@sluice/core'
import type { ChatCompletionContentPart } from '@sluice/core/wire'
import { formatDataUrl, plainBase64 } from '../../../vendor-spec/data-url.ts'
import { isObject, type Json } from '../../../vendor-spec/json.ts'
import { readMember } from '../read-member.ts'

/** Google's own stores, which nobody else can read from. */
const AT_GOOGLE = /^(?:gs:|files\/|https?:\/\/[\w.-]*\.googleapis\.com\/)/i

/**
 * Returns what a part in Gemini's form says, as chat takes it; nothing for an empty text. `where`
 * names the part.
 *
 * @throws ApiError 400 that names a part which chat cannot carry
 */
export function toChatPart(part: Json, where: string): ChatCompletionContentPart | undefined {
  const { text } = part
  if (typeof text === 'string') return text === '' ? undefined : { type: 'text', text }
  const blob = readMember(part, 'inlineData')
  if (isObject(blob)) return inline(blob, `${where}.inlineData`)
  const file = readMember(part, 'fileData')
  if (isObject(file)) return reference(file, `${where}.fileData`)
  const code = readMember(part, 'executableCode')
  if (isObject(code)) return { type: 'text', text: `\`\`\`\n${textOf(code['code'])}\n\`\`\`` }
  const result = readMember(part, 'codeExecutionResult')
  if (isObject(result)) return { type: 'text', text: textOf(result['output']) }
  const kind = Object.keys(part)[0]
  const why =
    kind === undefined ? 'The part says nothing.' : `A part of this kind is not supported.`
  throw new ApiError(kind === undefined ? 'invalid_value' : 'unsupported_parameter', {
    message: `${why} Give text, inlineData, fileData, functionCall or functionResponse.`,
    param: kind === undefined ? where : `${where}.${kind.slice(0, 64)}`,
  })
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function inline(blob: Json, where: string): ChatCompletionContentPart {
  const { data } = blob
  if (typeof data !== 'string' || data === '')
    throw new ApiError('invalid_value', { message: 'The data is missing.', param: `${where}.data` })
  const mediaType = mediaTypeOf(blob, where)
  const base64 = plainBase64(data)
  if (mediaType.startsWith('image/'))
    return { type: 'image_url', image_url: { url: formatDataUrl({ mediaType, base64 }) } }
  if (mediaType.startsWith('audio/')) {
    const format = mediaType.slice(6)
    const known = format === 'mpeg' || format === 'mp3' ? 'mp3' : format.replace(/^x-/, '')
    return { type: 'input_audio', input_audio: { data: base64, format: known } }
  }
  if (mediaType.startsWith('text/'))
    return { type: 'text', text: Buffer.from(base64, 'base64').toString() }
  const filename = mediaType === 'application/pdf' ? 'document.pdf' : 'file'
  return {
    type: 'file',
    file: { filename, file_data: formatDataUrl({ mediaType, base64 }) },
  }
}

function reference(file: Json, where: string): ChatCompletionContentPart {
  const url = readMember(file, 'fileUri')
  if (typeof url !== 'string' || url === '') {
    throw new ApiError('invalid_value', {
      message: 'The URI is missing.',
      param: `${where}.fileUri`,
    })
  }
  if (AT_GOOGLE.test(url)) {
    throw new ApiError('unsupported_parameter', {
      message: "A file in Google's own store cannot be read by this model: send it as inlineData.",
      param: `${where}.fileUri`,
    })
  }
  const type = readMember(file, 'mimeType')
  const isPicture =
    typeof type === 'string' ? /^image\//i.test(type) : /\.(?:png|jpe?g|gif|webp)$/i.test(url)
  if (isPicture) return { type: 'image_url', image_url: { url } }
  return { type: 'file', file: { file_url: url } }
}

function mediaTypeOf(blob: Json, where: string): string {
  const type = readMember(blob, 'mimeType')
  const known = typeof type === 'string' ? /^\s*([\w.+-]+\/[\w.+-]+)/.exec(type)?.[1] : undefined
  if (known !== undefined) return known.toLowerCase()
  throw new ApiError('invalid_value', {
    message: 'The media type is missing.',
    param: `${where}.mimeType`,
  })
}
