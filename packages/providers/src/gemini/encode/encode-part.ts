import { ApiError, type ChatCompletionContentPart } from '@sluice/core'
import { parseDataUrl } from '../../data-url.ts'
import type { Part } from '../content.ts'
import { isObject, type Json } from '../json.ts'
import { audioTypeOf, mediaTypeOf } from './media-types.ts'

/** Members of a part that is Gemini's own already. */
const NATIVE = ['inlineData', 'inline_data', 'fileData', 'file_data', 'executableCode', 'codeExecutionResult']

/**
 * A piece of a message as Gemini takes it; nothing for an empty text. Data is sent along, a URL or the name of an uploaded file is handed on: it is for Gemini
 * to fetch it, never for us. Gemini's own parts pass as they are.
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
      if (NATIVE.some((kind) => isObject(given[kind]))) return withoutType(given)
      throw invalid(where, `a content part of type ${JSON.stringify(given['type'])} cannot be carried to this model`)
  }
}

function media(given: Json, where: string): Part {
  const holder = given[String(given['type'])]
  const url = isObject(holder) ? holder['url'] : holder
  if (typeof url !== 'string' || url === '') throw invalid(where, 'the URL is missing')
  const inline = inlineData(url)
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
  return { inlineData: inlineData(data) ?? { mimeType: audioTypeOf(format), data } }
}

function file(holder: unknown, where: string): Part {
  const { file_data: data, file_id: id, file_url: url, filename }: Json = isObject(holder) ? holder : {}
  if (typeof data === 'string') {
    const named = typeof filename === 'string' ? mediaTypeOf(filename) : undefined
    const inline = inlineData(data)
    // Some clients call everything octets; the name of the file knows better.
    if (inline?.mimeType === 'application/octet-stream')
      return { inlineData: { ...inline, mimeType: named ?? inline.mimeType } }
    return { inlineData: inline ?? { mimeType: named ?? 'application/pdf', data } }
  }
  if (typeof id === 'string') return reference(id)
  if (typeof url === 'string') return reference(url)
  throw invalid(where, 'the file has neither file_data nor file_id')
}

function inlineData(url: string): Part['inlineData'] {
  const parsed = parseDataUrl(url)
  return parsed === undefined ? undefined : { mimeType: parsed.mediaType, data: parsed.base64 }
}

/** A file by its URI. A bare `files/…` is the name of one that was uploaded to Gemini. */
function reference(uri: string): Part {
  const mimeType = mediaTypeOf(uri)
  const fileUri = uri.startsWith('files/') ? `https://generativelanguage.googleapis.com/v1beta/${uri}` : uri
  return { fileData: mimeType === undefined ? { fileUri } : { mimeType, fileUri } }
}

function withoutType({ type: _type, ...part }: Json): Part {
  return part
}

function invalid(where: string, why: string): ApiError {
  return new ApiError('invalid_value', { message: `${where}: ${why}.`, param: where })
}
