import { ApiError } from '@sluice/core'
import type { ChatCompletionContentPart } from '@sluice/core/wire'
import { parseDataUrl, plainBase64 } from '../../../vendor-spec/data-url.ts'
import { mediaTypeByBytes } from '../../../vendor-spec/media-type.ts'
import type { Part } from '../content.ts'
import { isObject, type Json } from '../json.ts'
import { audioTypeOf, carriedType, mediaTypeOf } from './media-types.ts'

/** Members of a part that is Gemini's own already. */
const NATIVE = [
  'inlineData',
  'inline_data',
  'fileData',
  'file_data',
  'executableCode',
  'codeExecutionResult',
]

/**
 * A piece of a message as Gemini takes it; nothing for an empty text. Data is sent along, a URL or
 * the name of an uploaded file is handed on: it is for Gemini to fetch it, never for us. Gemini's
 * own parts pass as they are.
 *
 * @throws ApiError `invalid_value` for a kind of part that cannot be carried; `where` names it.
 */
export function encodePart(part: ChatCompletionContentPart, where: string): Part | undefined {
  const given: Json = part
  switch (given['type']) {
    case 'text':
    case 'refusal': {
      const text = given['text'] ?? given['refusal']
      return typeof text === 'string' && text !== '' ? { text } : undefined
    }
    case 'image_url':
    case 'video_url':
      return media(given, where)
    case 'input_audio':
      return audio(given['input_audio'], where)
    case 'file':
      return file(given['file'], where)
    default:
      if (NATIVE.some((kind) => isObject(given[kind]))) return nativePart(given, where)
      throw invalid(
        where,
        `a content part of type ${JSON.stringify(given['type'])} cannot be carried to this model`,
      )
  }
}

function media(given: Json, where: string): Part {
  const holder = given[String(given['type'])]
  const url = isObject(holder) ? holder['url'] : holder
  if (typeof url !== 'string' || url === '') throw invalid(where, 'the URL is missing')
  const inline = inlineData(url, where)
  const settings = given['videoMetadata'] ?? given['video_metadata']
  return {
    ...(inline === undefined ? reference(url) : { inlineData: inline }),
    ...(isObject(settings) ? { videoMetadata: settings } : {}),
  }
}

function audio(holder: unknown, where: string): Part {
  const data = isObject(holder) ? holder['data'] : undefined
  if (typeof data !== 'string') throw invalid(where, 'the audio data is missing')
  const format = isObject(holder) && typeof holder['format'] === 'string' ? holder['format'] : 'wav'
  const inline = inlineData(data, where)
  if (inline !== undefined) return { inlineData: inline }
  // Raw samples have a rate beside their type, and no beginning that tells.
  const declared = audioTypeOf(format)
  const isRaw = declared.includes(';')
  const base64 = plainBase64(data)
  return {
    inlineData: isRaw ? { mimeType: declared, data: base64 } : blob(declared, base64, where),
  }
}

function file(holder: unknown, where: string): Part {
  const {
    file_data: data,
    file_id: id,
    file_url: url,
    filename,
  }: Json = isObject(holder) ? holder : {}
  if (typeof data === 'string') {
    const named = typeof filename === 'string' ? mediaTypeOf(filename) : undefined
    const inline = inlineData(data, where, named)
    if (inline !== undefined) return { inlineData: inline }
    return { inlineData: blob(named ?? 'application/pdf', plainBase64(data), where) }
  }
  if (typeof id === 'string') return reference(id)
  if (typeof url === 'string') return reference(url)
  throw invalid(where, 'the file has neither file_data nor file_id')
}

/** What a `data:` URL holds. Some clients call everything octets; a file's name knows better. */
function inlineData(url: string, where: string, named?: string): Part['inlineData'] {
  const parsed = parseDataUrl(url)
  if (parsed === undefined) {
    if (/^data:/i.test(url)) throw invalid(where, 'the data URL cannot be read')
    return undefined
  }
  const isNothing = parsed.mediaType === 'application/octet-stream'
  return blob(isNothing ? (named ?? parsed.mediaType) : parsed.mediaType, parsed.base64, where)
}

/** Inline data by the type of its bytes: Gemini refuses types that it does not know. */
function blob(declared: string, data: string, where: string): NonNullable<Part['inlineData']> {
  const type = mediaTypeByBytes(declared, data)
  const mimeType = carriedType(type)
  if (mimeType !== undefined) return { mimeType, data }
  const what = type === '' ? 'of an unknown type' : `of type ${type.slice(0, 80)}`
  throw invalid(where, `content ${what} cannot be sent to this model`)
}

/** A file by its URI. A bare `files/…` is the name of one that was uploaded to Gemini. */
function reference(uri: string): Part {
  const mimeType = mediaTypeOf(uri)
  const fileUri = uri.startsWith('files/')
    ? `https://generativelanguage.googleapis.com/v1beta/${uri}`
    : uri
  return { fileData: mimeType === undefined ? { fileUri } : { mimeType, fileUri } }
}

/** A part in Gemini's own form; its bytes say what it is here, too. */
function nativePart({ type: _type, ...part }: Json, where: string): Part {
  const key = ['inlineData', 'inline_data'].find((one) => isObject(part[one]))
  const { data, mimeType, mime_type: snake }: Json = key === undefined ? {} : (part[key] as Json)
  if (typeof data !== 'string') return part
  const { [key!]: _inline, ...rest } = part
  const declared = mimeType ?? snake
  const isRaw = typeof declared === 'string' && declared.includes(';')
  const inline = isRaw
    ? { mimeType: declared, data }
    : blob(typeof declared === 'string' ? declared : '', data, where)
  return { ...rest, inlineData: inline }
}

function invalid(where: string, why: string): ApiError {
  return new ApiError('invalid_value', { message: `${where}: ${why}.`, param: where })
}
