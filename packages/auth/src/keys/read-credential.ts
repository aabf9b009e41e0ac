import type { IncomingMessage } from 'node:http'
import { dialectOf } from '@sluice/core/internal'
import { isBearer, readBearer } from './read-bearer.ts'

/** What a request says of who sends it. */
export interface Credential {
  /** Whether it says anything at all. */
  readonly isGiven: boolean
  /** The key, where it is one. */
  readonly key: string | undefined
}

const NONE: Credential = { isGiven: false, key: undefined }

/**
 * Reads the key of a request, whichever dialect its client speaks: `Authorization: Bearer`, else
 * Anthropic's `x-api-key`, else Google's `x-goog-api-key`, else `?key=` where Google's API was
 * asked. The first that is there decides; a wrong one is not rescued by the next.
 */
export function readCredential(req: IncomingMessage): Credential {
  const { authorization } = req.headers
  if (authorization !== undefined) return { isGiven: true, key: readBearer(authorization) }
  const header = req.headers['x-api-key'] ?? req.headers['x-goog-api-key']
  if (header !== undefined) return { isGiven: true, key: keyOf(header) }
  const url = req.url ?? ''
  const query = url.indexOf('?')
  if (query < 0 || url.length > MAX_URL || dialectOf(req) !== 'gemini') return NONE
  const keys = new URLSearchParams(url.slice(query)).getAll('key')
  return keys.length === 0 ? NONE : { isGiven: true, key: keyOf(keys) }
}

const MAX_URL = 16_384

/** Of several keys nobody can say which is meant. */
function keyOf(given: string | readonly string[]): string | undefined {
  const all = typeof given === 'string' ? [given] : given
  return all.length === 1 && isBearer(all[0]!) ? all[0] : undefined
}
