import type { ApiError } from '@sluice/core'
import { normaliseUsage } from '@sluice/sse-stream'
import { readFinish } from '../finish-words.ts'
import { isObject, type Json } from '../is-object.ts'
import { gaveUp } from './gave-up.ts'

const REASONS: ReadonlySet<unknown> = new Set(['stop', 'length', 'content_filter'])

/** Returns the failure of a legacy completion, or of an event of one, whose vendor says that it gave up where a reason should stand. */
export function completionFailure(completion: Json): ApiError | undefined {
  for (const { finish_reason: reason } of choicesOf(completion)) {
    if (REASONS.has(reason)) continue
    const ended = readFinish(reason)
    if (ended?.meaning === 'failed') return gaveUp(ended.word)
  }
  return undefined
}

/** Returns a legacy completion, or an event of one, with reasons and counts as OpenAI has them; the very same where it had them. */
export function withPlainEnds(completion: Json, isWhole: boolean): Json {
  const { choices, usage } = completion
  const isPlain = choicesOf(completion).every(
    ({ finish_reason: reason }) => REASONS.has(reason) || (!isWhole && (reason === null || reason === undefined)),
  )
  const counted = isObject(usage) ? (normaliseUsage(usage) ?? null) : usage
  if (isPlain && counted === usage) return completion
  return {
    ...completion,
    ...(isPlain ? {} : { choices: (choices as unknown[]).map((choice) => withPlainEnd(choice, isWhole)) }),
    ...(counted === usage ? {} : { usage: counted }),
  }
}

/** Whether a choice of an event ends with it. */
export function isEnd({ finish_reason: reason }: Json): boolean {
  return readFinish(reason) !== undefined
}

function withPlainEnd(choice: unknown, isWhole: boolean): unknown {
  if (!isObject(choice) || REASONS.has(choice['finish_reason'])) return choice
  const meaning = readFinish(choice['finish_reason'])?.meaning ?? (isWhole ? 'stop' : null)
  return { ...choice, finish_reason: meaning === null || REASONS.has(meaning) ? meaning : 'stop' }
}

/** The choices of a completion that are any. */
export function choicesOf({ choices }: Json): readonly Json[] {
  return Array.isArray(choices) ? (choices as unknown[]).filter(isObject) : []
}
