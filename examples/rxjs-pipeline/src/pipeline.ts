import { cache } from '@sluice/cache'
import { call, compose, type Handler } from '@sluice/core'
import { demo } from '@sluice/providers/demo'
import { bySentence, pickText } from '@sluice/sse-stream/operators'
import type { Observable } from 'rxjs'

/** A handler with a stage around it, and no server anywhere. */
export function buildHandler(provider: Handler = demo({ tokensPerSecond: 0 })): Handler {
  return compose([cache({ ttlMs: 60_000, tenant: 'shared' })], provider)
}

/** The sentences of an answer as they become whole; unsubscribing stops the upstream. */
export function sentences(handler: Handler, question: string): Observable<string> {
  const params = { model: 'demo', stream: true, messages: [{ role: 'user' as const, content: question }] }
  return handler(call('chat.completions', params)).pipe(pickText(), bySentence())
}
