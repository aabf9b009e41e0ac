import type { Completion, CompletionChoice } from '@sluice/core/wire'
import { normalizeUsage } from '@sluice/sse-stream/internal'
import { readFinish } from '../../vendor-spec/finish-words.ts'
import { isObject, type Json } from '../../vendor-spec/json.ts'
import { gaveUp } from '../errors/gave-up.ts'

/** What a legacy completion has where its vendor gives it none. */
export type CompletionHead = Pick<Completion, 'id' | 'created' | 'model'>

const REASONS: ReadonlySet<unknown> = new Set(['stop', 'length', 'content_filter'])

/**
 * A legacy completion, or an event of one, in the form that clients read; the very same where
 * nothing had to change. A choice that is none is left out.
 *
 * @param isPart Whether more of a choice without a finish reason may follow.
 * @throws ApiError where the vendor says that it failed as the reason why a choice ended
 */
export function soundCompletion(given: Json, head: CompletionHead, isPart: boolean): Completion {
  const { id, created, model, choices } = given
  const list = Array.isArray(choices) ? (choices as unknown[]) : []
  const usage = given['usage'] ?? undefined
  const counted = normalizeUsage(usage)
  const isSound =
    isId(id) &&
    isTime(created) &&
    typeof model === 'string' &&
    given['object'] === 'text_completion' &&
    list === choices &&
    list.every((choice) => isSoundChoice(choice, isPart)) &&
    usage === counted
  if (isSound) return given as unknown as Completion
  const { usage: _usage, ...rest } = given
  return {
    ...rest,
    id: isId(id) ? id : head.id,
    object: 'text_completion',
    created: isTime(created) ? created : head.created,
    model: typeof model === 'string' ? model : head.model,
    choices: list.filter(isObject).map((choice, at) => soundChoice(choice, at, isPart)),
    ...(counted === undefined ? {} : { usage: counted }),
  }
}

function isSoundChoice(choice: unknown, isPart: boolean): boolean {
  if (!isObject(choice) || typeof choice['text'] !== 'string' || !isPlace(choice['index']))
    return false
  const reason = choice['finish_reason']
  return REASONS.has(reason) || (isPart && (reason === null || reason === undefined))
}

function soundChoice(choice: Json, at: number, isPart: boolean): CompletionChoice {
  const { index, text, logprobs } = choice
  return {
    ...choice,
    index: isPlace(index) ? index : at,
    text: typeof text === 'string' ? text : '',
    finish_reason: reasonOf(choice['finish_reason'], isPart),
    logprobs: isObject(logprobs) ? logprobs : null,
  }
}

function reasonOf(reason: unknown, isPart: boolean): CompletionChoice['finish_reason'] {
  const ended = readFinish(reason)
  if (ended === undefined) return isPart ? null : 'stop'
  if (ended.meaning === 'failed') throw gaveUp(ended.word)
  return ended.meaning === 'length' || ended.meaning === 'content_filter' ? ended.meaning : 'stop'
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isPlace(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
