import type { CacheEntry } from './cache-entry.ts'

/**
 * Where answers are kept. Keys are 43 characters of base64url and already hold the tenant. Each
 * method may answer at once or by a promise; memory does the former, and a hit then costs no extra
 * turn. A store bounds its own size. It may throw, reject or hang: the call then goes on as if
 * nothing had been stored.
 */
export interface CacheStore {
  /**
   * The entry as it was set, until its time is up. Whatever else stands there is recognised,
   * deleted and asked anew.
   */
  get(key: string): CacheEntry | undefined | Promise<CacheEntry | undefined>
  /**
   * Keeps an entry for `ttlMs` milliseconds, in place of an older one. May decline, as where the
   * entry is too large.
   */
  set(key: string, entry: CacheEntry, ttlMs: number): void | Promise<void>
  delete(key: string): void | Promise<void>
}
