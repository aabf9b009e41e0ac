import { ApiError, type StoredResponse } from '@sluice/core'
import type { Response, ResponseItem } from '@sluice/core/wire'

/**
 * Vendors' ids that are longer than this are not kept; nor are more than that many of one response.
 */
const MAX_ID = 512
const MAX_ITEMS = 256

const KEY = 'item:'

/** The key under which a store has which response an item belongs to. */
export function itemKey(itemId: string): string {
  return KEY + itemId
}

/** Whether a text is such a key. What a client calls a response must not be one. */
export function isItemKey(id: string): boolean {
  return id.startsWith(KEY)
}

/** What is kept for each item of a response's output, so that a later input may refer to it. */
export function itemPointers({ id, output }: Response): [key: string, pointer: StoredResponse][] {
  const own = output.slice(0, MAX_ITEMS).flatMap((item) => {
    const isNamed = typeof item.id === 'string' && item.id !== '' && item.id.length <= MAX_ID
    return isNamed ? [itemKey(item.id!)] : []
  })
  const response: Response = {
    id,
    object: 'response',
    created_at: 0,
    status: 'completed',
    model: '',
    output: [],
    error: null,
    incomplete_details: null,
  }
  return own.map((key) => [key, { response, input: [], size: 0 }])
}

/**
 * The id that an item of an input refers to, if it does. OpenAI lets clients leave out its type.
 */
export function referredId(item: ResponseItem): string | undefined {
  const { type, id } = item as { readonly type?: string | null; readonly id?: unknown }
  if (typeof id !== 'string') return undefined
  const isBare =
    (type ?? null) === null && item['role'] === undefined && item['content'] === undefined
  return type === 'item_reference' || isBare ? id : undefined
}

/** The same 404 for what is unknown, deleted, expired or somebody else's, in OpenAI's words. */
export function itemNotFound(id: string): ApiError {
  return new ApiError('not_found', {
    message: `Item with id '${id.replace(/[^\x20-\x7e]/g, '?').slice(0, 128)}' not found.`,
    param: 'input',
    wireCode: null,
  })
}
