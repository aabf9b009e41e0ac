import type { Batch } from '@sluice/core'
import type { CompletionUsage } from '@sluice/core/wire'
import { normalizeUsage } from '../usage/normalize-usage.ts'

/** What an answer says that it cost. */
export interface StatedUsage {
  readonly usage?: CompletionUsage | undefined
  /** Seconds of sound, where that is what was counted. */
  readonly seconds?: number | undefined
}

type Json = Readonly<Record<string, unknown>>

/**
 * Reads what a batch says that the answer cost: on the batch itself, else where the operation's
 * answers have it.
 */
export function statedUsage(batch: Batch): StatedUsage {
  if (batch.usage !== undefined) return { usage: batch.usage }
  if (batch.framing === 'binary') return {}
  const holder = (batch.framing === 'document' ? batch.document() : batch.chunks().at(-1)) as
    | Json
    | undefined
  const inside = holder?.['response'] as Json | undefined
  // Some vendors say zeros while a response is under way.
  const isUnderWay = inside?.['status'] === 'in_progress' || inside?.['status'] === 'queued'
  const usage = holder?.['usage'] ?? (isUnderWay ? undefined : inside?.['usage'])
  if (typeof usage !== 'object' || usage === null) return {}
  const { type, seconds, input_tokens: input, output_tokens: output } = usage as Json
  if (type === 'duration' && typeof seconds === 'number') return { seconds }
  if (input === undefined && output === undefined) return { usage: normalizeUsage(usage) }
  return { usage: normalizeUsage({ ...usage, prompt_tokens: input, completion_tokens: output }) }
}
