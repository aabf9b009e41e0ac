import type { CompletionUsage, Response, ResponseCreateParams } from '@sluice/core/wire'
import { TypedEventBatch } from '@sluice/sse-stream/internal'
import type { StreamRules } from '../../response/event-stream-reader.ts'
import { completeResponse } from './complete-response.ts'
import { fromResponseUsage } from './response-usage.ts'
import { isSoundPart, soundItem } from './sound-item.ts'

/**
 * Events that say nothing yet; until another comes a failure is an ordinary error, which a router
 * can answer with another provider.
 */
const OPENING: ReadonlySet<unknown> = new Set([
  'response.created',
  'response.queued',
  'response.in_progress',
])
/** Events that end a response, and the status that it has then. */
const TERMINAL: ReadonlyMap<unknown, Response['status']> = new Map([
  ['response.completed', 'completed'],
  ['response.incomplete', 'incomplete'],
  ['response.failed', 'failed'],
])
const TEXTS: ReadonlySet<unknown> = new Set([
  'response.output_text.delta',
  'response.function_call_arguments.delta',
])

/**
 * The stream of an upstream that has the Responses API itself: its events go on as they are, ids
 * and all.
 */
export function responseStream(params: ResponseCreateParams): StreamRules {
  let isWhole = false
  let usage: CompletionUsage | undefined
  return {
    take({ type, response, item, part, delta }) {
      // Nothing belongs to a response behind its end.
      if (typeof type !== 'string' || isWhole) return 'hide'
      if (OPENING.has(type)) return 'wait'
      if (item !== undefined && soundItem(item) === undefined) return 'hide'
      if (part !== undefined && !isSoundPart(part)) return 'hide'
      if (TEXTS.has(type) && typeof delta !== 'string') return 'hide'
      if (!TERMINAL.has(type)) return 'show'
      isWhole = true
      usage = fromResponseUsage((response as Partial<Response> | undefined)?.usage)
      return 'last'
    },
    complete(event) {
      const { type, response, item } = event
      const isEnd = TERMINAL.has(type)
      if (response !== undefined || isEnd || OPENING.has(type)) {
        const expected = TERMINAL.get(type) ?? 'in_progress'
        const whole = completeResponse(response ?? {}, params, expected)
        return whole === response ? event : { ...event, response: whole }
      }
      const sound = item === undefined ? undefined : soundItem(item)
      return sound === undefined || sound === item ? event : { ...event, item: sound }
    },
    isWhole: () => isWhole,
    endsByEvent: true,
    usage: () => usage,
    batch: (bytes, gate, cost) => new TypedEventBatch({ bytes }, gate, cost),
  }
}
