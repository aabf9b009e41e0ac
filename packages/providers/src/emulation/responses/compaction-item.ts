import type { ResponseItem } from '@sluice/core/wire'
import { isObject } from '../../vendor-spec/json.ts'

const PREFIX = 'sluice-compaction-v1.'

/**
 * A conversation put into one item: clients send it back in place of what it sums up, and can
 * neither read nor rely on what is in it.
 */
export function compactionItem(id: string, summary: string): ResponseItem {
  const json = Buffer.from(JSON.stringify({ v: 1, summary }))
  return { id, type: 'compaction', encrypted_content: PREFIX + json.toString('base64url') }
}

/** The summary in such an item; `undefined` for one that somebody else made. */
export function readCompaction({ encrypted_content: content }: ResponseItem): string | undefined {
  if (typeof content !== 'string' || !content.startsWith(PREFIX)) return undefined
  try {
    const json: unknown = JSON.parse(
      Buffer.from(content.slice(PREFIX.length), 'base64url').toString('utf8'),
    )
    if (!isObject(json) || json['v'] !== 1 || typeof json['summary'] !== 'string') return undefined
    return json['summary']
  } catch {
    return undefined
  }
}
