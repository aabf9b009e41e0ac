import { ApiError } from '@sluice/core'
import { parseDataUrl, plainBase64 } from '../../../vendor-spec/data-url.ts'
import { isTextType, mediaTypeByBytes } from '../../../vendor-spec/media-type.ts'
import { isObject, textOf, type Json } from '../json.ts'
import { thinkingBlocksOf } from '../thinking-memory.ts'
import type {
  CacheControl,
  ContentBlock,
  DocumentBlock,
  ImageBlock,
  ImageMediaType,
  TextBlock,
} from '../wire.ts'

const IMAGE_TYPES: ReadonlySet<string> = new Set([
  'image/jpeg',
  'image/png',
  'image/gif',
  'image/webp',
])

/** Whether something other than blanks is said; looks no further than the first of it. */
const SAYS = /\S/

type PartEncoder = (part: Json, param: string) => ContentBlock | undefined

/**
 * How each kind of content part is written. A kind that is not listed is taken for one of the
 * vendor's own and handed on.
 */
const PARTS: ReadonlyMap<string, PartEncoder> = new Map<string, PartEncoder>([
  ['text', (part) => textBlock(part['text'])],
  ['input_text', (part) => textBlock(part['text'])],
  ['output_text', (part) => textBlock(part['text'])],
  ['refusal', (part) => textBlock(part['refusal'])],
  ['thinking', (part) => thinkingBlocksOf([part])[0]],
  ['redacted_thinking', (part) => thinkingBlocksOf([part])[0]],
  ['image_url', imageBlock],
  ['input_image', imageBlock],
  ['image', ownMediaBlock],
  ['document', ownMediaBlock],
  ['file', fileBlock],
  ['input_audio', refuseSound],
])

/**
 * A message's content as the vendor's blocks, without blank text, which the vendor refuses.
 * `cache_control` of a part stays with it.
 *
 * @throws ApiError `unsupported_parameter` with the part's place for what the vendor cannot read
 */
export function encodeContent(content: unknown, param: string): ContentBlock[] {
  const blocks: ContentBlock[] = []
  if (typeof content === 'string') {
    const block = textBlock(content)
    if (block !== undefined) blocks.push(block)
  } else if (Array.isArray(content)) {
    for (const [index, part] of (content as unknown[]).entries()) {
      const block = encodePart(part, `${param}.content[${index}]`)
      if (block !== undefined) blocks.push(block)
    }
  }
  return blocks
}

/** The `cache_control` member of a part, a message or a tool, ready to be spread. */
export function cacheMark(from: Json): { cache_control?: CacheControl } {
  const mark = from['cache_control']
  return isObject(mark) ? { cache_control: mark as unknown as CacheControl } : {}
}

function encodePart(part: unknown, param: string): ContentBlock | undefined {
  if (typeof part === 'string') return textBlock(part)
  if (!isObject(part) || typeof part['type'] !== 'string') return undefined
  const encode = PARTS.get(part['type'])
  if (encode === undefined) return { ...part } as unknown as ContentBlock
  const block = encode(part, param)
  if (block === undefined) return undefined
  const citations = isObject(part['citations']) ? { citations: part['citations'] } : {}
  return Object.assign(block, citations, cacheMark(part))
}

function textBlock(text: unknown): TextBlock | undefined {
  return typeof text === 'string' && SAYS.test(text) ? { type: 'text', text } : undefined
}

function imageBlock(part: Json, param: string): ContentBlock {
  const image = part['image_url']
  const url = textOf(isObject(image) ? image['url'] : image)
  if (url === undefined) throw unsupported('An image part has no URL.', param)
  return mediaBlock(url, {}, param)
}

function fileBlock(part: Json, param: string): ContentBlock {
  const file = isObject(part['file']) ? part['file'] : {}
  const title = textOf(file['filename'])
  const named = title === undefined ? {} : { title }
  const id = textOf(file['file_id'])
  if (id !== undefined) return { type: 'document', source: { type: 'file', file_id: id }, ...named }
  const content = textOf(file['file_data']) ?? textOf(file['file_url'])
  if (content === undefined) throw unsupported('A file part has neither data nor an id.', param)
  if (/^https?:\/\//i.test(content)) {
    return { type: 'document', source: { type: 'url', url: content }, ...named }
  }
  if (content.includes(':')) return mediaBlock(content, named, param)
  // Bare base64 without a known beginning is most likely a PDF with something in front of it.
  const declared = /\.(?:txt|md|csv|json|html|xml)$/i.test(title ?? '')
    ? 'text/plain'
    : 'application/pdf'
  return inlineBlock(declared, plainBase64(content), named, param)
}

/** An address is the vendor's to fetch; what is inline goes by its media type. */
function mediaBlock(
  url: string,
  named: { readonly title?: string },
  param: string,
): ImageBlock | DocumentBlock {
  const inline = parseDataUrl(url)
  if (inline !== undefined) return inlineBlock(inline.mediaType, inline.base64, named, param)
  if (/^data:/i.test(url)) throw unsupported('The data URL cannot be read.', param)
  return { type: 'image', source: { type: 'url', url } }
}

/** The vendor compares the type with the bytes, and refuses what does not fit. */
function inlineBlock(
  declared: string,
  base64: string,
  named: { readonly title?: string },
  param: string,
): ImageBlock | DocumentBlock {
  const type = mediaTypeByBytes(declared, base64)
  if (IMAGE_TYPES.has(type)) {
    const source = { type: 'base64', media_type: type as ImageMediaType, data: base64 } as const
    return { type: 'image', source }
  }
  if (type === 'application/pdf') {
    return {
      type: 'document',
      source: { type: 'base64', media_type: type, data: base64 },
      ...named,
    }
  }
  if (isTextType(type)) {
    const text = Buffer.from(base64, 'base64').toString()
    return {
      type: 'document',
      source: { type: 'text', media_type: 'text/plain', data: text },
      ...named,
    }
  }
  const what = type === '' ? 'of an unknown type' : `of type ${type.slice(0, 80)}`
  throw unsupported(`Content ${what} cannot be sent to this model.`, param)
}

/** A block in the vendor's own form; its bytes say what it is here, too. */
function ownMediaBlock(part: Json, param: string): ContentBlock {
  const source = part['source']
  if (!isObject(source) || source['type'] !== 'base64' || typeof source['data'] !== 'string') {
    return { ...part } as unknown as ContentBlock
  }
  const declared = textOf(source['media_type']) ?? ''
  const block = inlineBlock(declared, plainBase64(source['data']), {}, param)
  return { ...part, ...block }
}

function refuseSound(_part: Json, param: string): never {
  throw unsupported('Sound cannot be sent to this model.', param)
}

function unsupported(message: string, param: string): ApiError {
  return new ApiError('unsupported_parameter', { message, param })
}
