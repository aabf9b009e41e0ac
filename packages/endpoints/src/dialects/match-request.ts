import type { IncomingMessage } from 'node:http'
import type { Dialect } from '@sluice/core/wire'
import { matchAnthropic } from './anthropic-routes.ts'
import { matchGemini } from './gemini/gemini-routes.ts'
import { matchOpenAI } from './openai-routes.ts'
import type { Match } from './route.ts'

const UNKNOWN: Match = { kind: 'unknown' }

/**
 * Finds what a request asks for, in the dialects that are served. Where a path belongs to several,
 * as `/models` does, the headers that only one vendor's clients send decide.
 */
export function matchRequest(
  path: string,
  req: IncomingMessage,
  dialects: ReadonlySet<Dialect>,
): Match {
  const special =
    (dialects.has('anthropic') ? matchAnthropic(path, req) : undefined) ??
    (dialects.has('gemini') ? matchGemini(path, req) : undefined)
  return special ?? (dialects.has('openai') ? matchOpenAI(path) : UNKNOWN)
}
