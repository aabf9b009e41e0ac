import type { CompletionUsage, Response, ResponseCreateParams } from '@sluice/core'
import { TypedEventBatch } from '@sluice/sse-stream'
import type { StreamRules } from '../answer/event-stream.ts'
import { completeResponse } from './complete-response.ts'
import { fromResponseUsage } from './response-usage.ts'

/** Events that say nothing yet; until another comes a failure is an ordinary error, which a router can answer with another provider. */
const OPENING: ReadonlySet<unknown> = new Set(['response.created', 'response.queued', 'response.in_progress'])
const TERMINAL: ReadonlySet<unknown> = new Set(['response.completed', 'response.incomplete', 'response.failed'])

/** The stream of an upstream that has the Responses API itself: its events go on as they are, ids and all. */
export function responseStream(params: ResponseCreateParams): StreamRules {
  let isWhole = false
  let usage: CompletionUsage | undefined
  return {
    take({ type, response }) {
      if (typeof type !== 'string') return 'hide'
      if (OPENING.has(type)) return 'wait'
      if (!TERMINAL.has(type)) return 'show'
      isWhole = true
      usage = fromResponseUsage((response as Partial<Response> | undefined)?.usage)
      return 'last'
    },
    complete(event) {
      const { response } = event
      if (typeof response !== 'object' || response === null) return event
      const whole = completeResponse(response, params)
      return whole === response ? event : { ...event, response: whole }
    },
    isWhole: () => isWhole,
    usage: () => usage,
    batch: (bytes, gate, cost) => new TypedEventBatch({ bytes }, gate, cost),
  }
}
