import type { IncomingMessage } from 'node:http'
import type { Dialect } from '../wire/dialect.ts'

const ANTHROPIC_PATH = /\/messages(?:\/count_tokens)?\/?$/
const GEMINI_PATH = /\/v1beta(?:\/|$)|\/models\/[^?]*:[A-Za-z]+$/
const MODELS_PATH = /\/models(?:\/|$)/
const QUERY_KEY = /[?&]key=/

/**
 * Guesses the dialect of a request that nobody has routed yet, such as one that is refused for its
 * key: by the headers that only one vendor's clients send, else by the path; a key in
 * the query is Google's.
 */
export function dialectOf(req: IncomingMessage): Dialect {
  const { headers } = req
  if (headers['anthropic-version'] !== undefined) return 'anthropic'
  if (headers['x-goog-api-key'] !== undefined) return 'gemini'
  // Express shortens `url` by the mount.
  const { originalUrl } = req as { originalUrl?: unknown }
  const url = (typeof originalUrl === 'string' ? originalUrl : (req.url ?? '')).slice(0, 8192)
  const query = url.indexOf('?')
  const path = query < 0 ? url : url.slice(0, query)
  if (ANTHROPIC_PATH.test(path)) return 'anthropic'
  if (GEMINI_PATH.test(path)) return 'gemini'
  const hasKey = query >= 0 && MODELS_PATH.test(path) && QUERY_KEY.test(url.slice(query))
  return hasKey ? 'gemini' : 'openai'
}
