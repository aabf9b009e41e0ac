import type { ResponseItem } from '@sluice/core/wire'
import { isObject, type Json } from '../../vendor-spec/json.ts'

/**
 * An item of a response as clients read it: the arguments of a call are text, the content of a
 * message is a list of parts. The very same where that is so; `undefined` for what is no item.
 */
export function soundItem(item: unknown): ResponseItem | undefined {
  if (!isObject(item) || typeof item['type'] !== 'string') return undefined
  const { type, arguments: input, content } = item
  if (type === 'function_call' && typeof input !== 'string') {
    return {
      ...item,
      arguments: isObject(input) ? JSON.stringify(input) : '',
    } as unknown as ResponseItem
  }
  if (type !== 'message' || (Array.isArray(content) && content.every(isSoundPart))) {
    return item as unknown as ResponseItem
  }
  return { ...item, content: partsOf(content) } as unknown as ResponseItem
}

/** Whether a part of a message's content is one: clients look at its type and join its text. */
export function isSoundPart(part: unknown): boolean {
  if (!isObject(part) || typeof part['type'] !== 'string') return false
  return part['type'] !== 'output_text' || typeof part['text'] === 'string'
}

function partsOf(content: unknown): readonly Json[] {
  if (typeof content === 'string') return [{ type: 'output_text', text: content, annotations: [] }]
  return Array.isArray(content) ? content.filter(isSoundPart) : []
}
