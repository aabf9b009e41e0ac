import type { Operation } from '@sluice/core'
import type { CompletionUsage } from '@sluice/core/wire'

/** Raised whenever the form of an entry changes; an entry of another version counts as absent. */
export const CACHE_ENTRY_VERSION = 1

/**
 * One stored answer: plain data, so that a store may serialise it as it likes, as long as it gives
 * back the same.
 */
export interface CacheEntry {
  readonly version: typeof CACHE_ENTRY_VERSION
  readonly operation: Operation
  /**
   * How the answer came first: `events` are whole SSE events, of completions without the usage
   * event and `[DONE]`; a `document` is the JSON body.
   */
  readonly framing: 'events' | 'document'
  readonly bytes: Uint8Array
  readonly usage: CompletionUsage | null
  /** Who answered, for the headers of a hit. */
  readonly provider: string | null
  readonly model: string | null
  readonly droppedParams: readonly string[]
  /** Milliseconds since 1970, UTC. */
  readonly storedAtMs: number
}

/** Whether what a store gave is an entry of this version, for this operation. */
export function isCacheEntry(value: unknown, operation: Operation): value is CacheEntry {
  if (typeof value !== 'object' || value === null) return false
  const entry = value as Partial<Record<keyof CacheEntry, unknown>>
  return (
    entry.version === CACHE_ENTRY_VERSION &&
    entry.operation === operation &&
    (entry.framing === 'events' || entry.framing === 'document') &&
    entry.bytes instanceof Uint8Array &&
    entry.bytes.length > 0 &&
    isUsageOrNull(entry.usage) &&
    isTextOrNull(entry.provider) &&
    isTextOrNull(entry.model) &&
    Array.isArray(entry.droppedParams) &&
    entry.droppedParams.every((name) => typeof name === 'string') &&
    typeof entry.storedAtMs === 'number' &&
    Number.isFinite(entry.storedAtMs)
  )
}

/**
 * Whether what a store gave was kept by an older or a newer release: as good as none, and no
 * failure.
 */
export function isOfOtherVersion(value: unknown): boolean {
  try {
    const { version } = value as Partial<CacheEntry>
    return typeof version === 'number' && version !== CACHE_ENTRY_VERSION
  } catch {
    return false
  }
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === 'string'
}

function isUsageOrNull(value: unknown): boolean {
  if (value === null) return true
  return (
    typeof value === 'object' &&
    typeof (value as Partial<CompletionUsage>).prompt_tokens === 'number'
  )
}
