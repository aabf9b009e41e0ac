import type { ChatCompletionContentPart } from '@sluice/core/wire'
import { parseDataUrl } from '../vendor-spec/data-url.ts'
import { mediaTypeByBytes } from '../vendor-spec/media-type.ts'
import type { AiSdkLanguageModel } from './ai-sdk-model.ts'

type Version = AiSdkLanguageModel['specificationVersion']

/**
 * A part of a message as the SDK's prompts have it; `undefined` for one that they have no place
 * for, such as a file that only its vendor knows.
 */
export function encodePart(part: ChatCompletionContentPart, version: Version): object | undefined {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: (part as { text: string }).text }
    case 'refusal':
      return { type: 'text', text: (part as { refusal: string }).refusal }
    case 'image_url': {
      const { url } = (part as { image_url: { url: string } }).image_url
      return fileOf(url, 'image/*', version)
    }
    case 'input_audio': {
      const { data, format } = (part as { input_audio: { data: string; format: string } })
        .input_audio
      return dataFile(data, `audio/${format}`, version)
    }
    case 'file': {
      const { file_data: data, filename } = (
        part as { file: { file_data?: string; filename?: string } }
      ).file
      const encoded = data === undefined ? undefined : fileOf(data, 'application/pdf', version)
      return encoded === undefined || filename === undefined ? encoded : { ...encoded, filename }
    }
    default:
      return undefined
  }
}

/** A `data:` URL becomes data; any other is handed on for the model's provider to fetch. */
function fileOf(text: string, mediaType: string, version: Version): object | undefined {
  const inline = parseDataUrl(text)
  if (inline !== undefined) return dataFile(inline.base64, inline.mediaType, version)
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  return { type: 'file', mediaType, data: version === 'v4' ? { type: 'url', url } : url }
}

/** Data by the type of its bytes: models' providers hand the type on to vendors that compare. */
function dataFile(base64: string, declared: string, version: Version): object {
  const seen = mediaTypeByBytes(declared, base64)
  // The registered name, as the SDK has it.
  const mediaType = seen === 'audio/mp3' ? 'audio/mpeg' : seen
  return {
    type: 'file',
    mediaType,
    data: version === 'v4' ? { type: 'data', data: base64 } : base64,
  }
}
