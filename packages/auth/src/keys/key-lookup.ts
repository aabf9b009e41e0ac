import type { Clock } from '@sluice/core'
import { isPromiseLike } from '@sluice/core/internal'
import type { ApiKeyRecord } from './api-key-record.ts'
import { readLookupAnswer, type KnownKey } from './known-key.ts'

type Answer = ApiKeyRecord | null | undefined

/**
 * Finds the record of a key by its SHA-256 in lower-case hex; `undefined` or `null` for one that is
 * not known. It is never given the key. The signal is aborted when the client leaves or the time is
 * up.
 */
export type KeyLookup = (keyHash: string, signal: AbortSignal) => Answer | PromiseLike<Answer>

/** How long a lookup's answers are believed. */
export interface KeyLookupCacheOptions {
  readonly cacheMs: number
  readonly maxCachedKeys: number
  readonly clock: Clock
}

/**
 * A lookup whose answers are checked and, for a while, remembered by the full hash. Only known keys
 * are remembered: guesses cannot push them out, and a new key works at once.
 */
export function checkedLookup(
  lookup: KeyLookup,
  { cacheMs, maxCachedKeys, clock }: KeyLookupCacheOptions,
): (hash: string, signal: AbortSignal) => KnownKey | undefined | PromiseLike<KnownKey | undefined> {
  const remembered = new Map<string, { readonly key: KnownKey; readonly untilMs: number }>()
  const read = (hash: string, row: Answer): KnownKey | undefined => {
    const key = readLookupAnswer(row, hash)
    if (key === undefined || cacheMs === 0) return key
    remembered.delete(hash)
    remembered.set(hash, { key, untilMs: clock.now() + cacheMs })
    if (remembered.size > maxCachedKeys) remembered.delete(remembered.keys().next().value!)
    return key
  }
  return (hash, signal) => {
    const known = remembered.get(hash)
    if (known !== undefined && clock.now() < known.untilMs) return known.key
    remembered.delete(hash)
    const answer = lookup(hash, signal)
    return isPromiseLike(answer)
      ? Promise.resolve(answer).then((row) => read(hash, row))
      : read(hash, answer)
  }
}
