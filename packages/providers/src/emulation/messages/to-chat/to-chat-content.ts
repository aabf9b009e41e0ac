import { ApiError } from '@sluice/core'
import type { ChatCompletionContentPart } from '@sluice/core/wire'
import { isObject, type Json } from '../../../vendor-spec/json.ts'

/**
 * Says a block in chat's form; `undefined` where chat has nothing like it.
 *
 * @throws ApiError 400 for a picture or document that cannot be read
 */
export function toChatParts(block: Json, at: string): ChatCompletionContentPart[] | undefined {
  switch (block['type']) {
    case 'text':
      return [{ type: 'text', text: textOf(block['text']) }]
    case 'image':
      return [{ type: 'image_url', image_url: { url: addressOf(block['source'], at) } }]
    case 'document':
      return document(block, at)
    case 'search_result':
      return [{ type: 'text', text: searchResult(block) }]
    default:
      return undefined
  }
}

/** One text is the same as a list of one, and every upstream knows it. */
export function plainContent(
  parts: ChatCompletionContentPart[],
): string | ChatCompletionContentPart[] {
  if (parts.every((part) => part.type === 'text'))
    return parts.map((part) => (part as { text: string }).text).join('\n')
  return parts
}

function document(block: Json, at: string): ChatCompletionContentPart[] {
  const { source, title, context } = block
  const about = [title, context].filter((one) => typeof one === 'string' && one !== '')
  const { type, data, content } = isObject(source) ? source : {}
  if (type === 'text') return [{ type: 'text', text: [...about, textOf(data)].join('\n') }]
  if (type === 'content') {
    const inner = typeof content === 'string' ? [{ type: 'text', text: content }] : content
    const blocks = Array.isArray(inner) ? (inner as unknown[]).filter(isObject) : []
    return [
      ...about.map((text) => ({ type: 'text' as const, text: text as string })),
      ...blocks.flatMap((one, index) => toChatParts(one, `${at}.source.content[${index}]`) ?? []),
    ]
  }
  const url = addressOf(source, at)
  const filename = typeof title === 'string' && title !== '' ? title : 'document.pdf'
  const file = url.startsWith('data:') ? { file_data: url, filename } : { file_url: url, filename }
  return [{ type: 'file', file }]
}

/** Returns where a picture or document is: a URL, of its data where it is here. */
function addressOf(source: unknown, at: string): string {
  if (!isObject(source)) throw invalid(`${at}.source`, 'Expected an object.')
  const { type, media_type: media, data, url } = source
  if (type === 'base64') {
    if (typeof data !== 'string') throw invalid(`${at}.source.data`, 'Expected a string.')
    if (typeof media !== 'string') throw invalid(`${at}.source.media_type`, 'Expected a string.')
    return `data:${media};base64,${data}`
  }
  if (type === 'url') {
    if (typeof url !== 'string') throw invalid(`${at}.source.url`, 'Expected a string.')
    return url
  }
  throw new ApiError('unsupported_parameter', {
    message: `A source of type '${String(type).slice(0, 64)}' is not supported for this model.`,
    param: `${at}.source.type`,
  })
}

function searchResult({ title, source, content }: Json): string {
  const blocks: readonly unknown[] = Array.isArray(content) ? content : []
  const texts = blocks.map((one) => (isObject(one) ? textOf(one['text']) : ''))
  return [textOf(title), textOf(source), ...texts].filter((text) => text !== '').join('\n')
}

function invalid(param: string, what: string): ApiError {
  return new ApiError('invalid_value', { message: `Invalid '${param}': ${what}`, param })
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
