import { ApiError } from '@sluice/core'
import { wordTable } from '@sluice/core/internal'
import type { ResponseItem } from '@sluice/core/wire'

/** The items that an `input` stands for. */
export function inputItems(input: unknown): readonly ResponseItem[] {
  if (typeof input === 'string') {
    return [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: input }] }]
  }
  return Array.isArray(input) ? (input as readonly ResponseItem[]) : []
}

/** One page of a response's input, as OpenAI lists it. */
export interface ItemPage {
  object: 'list'
  data: readonly ResponseItem[]
  first_id: string
  last_id: string
  has_more: boolean
}

/**
 * A page of the input of a response, by `limit` (1 to 100, 20 by default), `order` (`desc`, the
 * default, or `asc`) and `after`, the id of an item.
 *
 * @throws ApiError 400, with `param`
 */
export function pageOfItems(
  responseId: string,
  input: readonly ResponseItem[],
  query: URLSearchParams,
): ItemPage {
  const limit = Number(query.get('limit') ?? 20)
  if (!Number.isInteger(limit) || limit < 1 || limit > 100)
    throw invalid('limit', 'a whole number from 1 to 100')
  const order = query.get('order') ?? 'desc'
  if (order !== 'asc' && order !== 'desc') throw invalid('order', "'asc' or 'desc'")
  const items = input.map((item, index) =>
    toResource(item, `${responseId.replace(/^resp_/, '')}_${index.toString(36)}`),
  )
  if (order === 'desc') items.reverse()
  const after = query.get('after')
  const start = after === null ? 0 : items.findIndex(({ id }) => id === after) + 1
  if (after !== null && start === 0) throw invalid('after', 'the id of one of the items')
  const data = items.slice(start, start + limit)
  return {
    object: 'list',
    data,
    first_id: data[0]?.id ?? '',
    last_id: data.at(-1)?.id ?? '',
    has_more: start + limit < items.length,
  }
}

const ID_PREFIXES = wordTable<string>({
  message: 'msg',
  function_call: 'fc',
  function_call_output: 'fco',
  reasoning: 'rs',
})

/** An item with all that a listed one has: an id, a status, its content as a list. */
function toResource(item: ResponseItem, idPart: string): ResponseItem {
  const type = item.type ?? 'message'
  const id =
    typeof item.id === 'string' && item.id !== ''
      ? item.id
      : `${ID_PREFIXES.get(type) ?? 'item'}_${idPart}`
  if (type !== 'message') {
    const hasStatus = type === 'function_call' || type === 'function_call_output'
    return { ...(hasStatus ? { status: 'completed' } : {}), ...item, id }
  }
  const isOutput = item['role'] === 'assistant'
  const kind = isOutput ? 'output_text' : 'input_text'
  const content = item['content']
  const parts: readonly unknown[] = Array.isArray(content)
    ? content
    : [{ type: kind, text: content ?? '' }]
  return { status: 'completed', ...item, type, id, content: parts.map(toPart) }
}

function toPart(part: unknown): unknown {
  const { type } = part as { readonly type?: unknown }
  if (type === 'output_text') return { annotations: [], logprobs: [], ...(part as object) }
  return type === 'input_image' ? { detail: 'auto', ...(part as object) } : part
}

function invalid(param: string, expected: string): ApiError {
  return new ApiError('invalid_request_error', {
    message: `Invalid '${param}': expected ${expected}.`,
    param,
  })
}
