import type { ChatCompletionDelta, FinishReason } from '@sluice/core/wire'
import type { ChatDelta } from './chat-decoder.ts'
import type { ToolCallJoiner } from './tool-call-joiner.ts'

/** Says why a choice ends, as long as more of it may follow. */
export interface HeldFinish {
  readonly reason: FinishReason
  /** What the vendor said beside it. */
  readonly said: ChatDelta
  readonly delta: ChatCompletionDelta
  /** Its place among the ends of all choices. */
  readonly place: number
  /** Its frame, where that is known. */
  frame?: Uint8Array
}

/** What has been told of one choice of a stream so far. */
export class ChoiceState {
  readonly index: number
  started = false
  /** Its end has been told. */
  finished = false
  held: HeldFinish | undefined
  /** The reason said last, though it may have been no end. */
  reason: FinishReason = 'stop'
  /** Made only when it is asked for: most answers have no calls. */
  calls: ToolCallJoiner | undefined
  saidContent = false
  saidThoughts = false
  saidFunction = false

  constructor(index: number) {
    this.index = index
  }
}

/** The delta that opens a choice: the assistant's role, once. */
export function begun(choice: ChoiceState): ChatCompletionDelta {
  return choice.started ? {} : { role: 'assistant', content: '' }
}

/**
 * Whatever the vendor's word: a choice that calls wants results, and one that does not has none to
 * wait for.
 */
export function finishOf(
  { calls, saidFunction }: ChoiceState,
  reason: FinishReason,
  isAnswered: boolean,
): FinishReason {
  if (reason === 'length' || reason === 'content_filter') return reason
  if (calls !== undefined && calls.count > 0 && !isAnswered) return 'tool_calls'
  return saidFunction ? 'function_call' : 'stop'
}

/** What was said beside an end together with what is said beside it when it is told again. */
export function withRemarks(
  before: ChatCompletionDelta,
  more: ChatCompletionDelta,
): ChatCompletionDelta {
  const added = new Map<string, unknown>(Object.entries(more))
  const lists = Object.entries(before).flatMap(([field, value]: [string, unknown]) => {
    const rest = added.get(field)
    return Array.isArray(value) && Array.isArray(rest)
      ? [[field, [...(value as unknown[]), ...(rest as unknown[])]]]
      : []
  })
  return { ...before, ...more, ...(Object.fromEntries(lists) as ChatCompletionDelta) }
}

/** What is left of a delta for its end when its words have been told. */
export function bare({ choiceFields, chunkFields, callsAreAnswered }: ChatDelta): ChatDelta {
  return {
    ...(callsAreAnswered === undefined ? {} : { callsAreAnswered }),
    ...(choiceFields === undefined ? {} : { choiceFields }),
    ...(chunkFields === undefined ? {} : { chunkFields }),
  }
}

/** Whether a user could see something of it. */
export function saysSomething(delta: object): boolean {
  const said = delta as Readonly<Record<string, unknown>>
  for (const field in said) if (field !== 'role' && isSaid(said[field])) return true
  return false
}

function isSaid(value: unknown): boolean {
  if (value === '' || value === null || value === undefined) return false
  return !Array.isArray(value) || value.length > 0
}

/**
 * Whether an answer that had its end goes on all the same: not with a remark, but with more of what
 * it consists of.
 */
export function goesOn(gained: ChatCompletionDelta): boolean {
  return (
    isSaid(gained.content) ||
    isSaid(gained.reasoning_content) ||
    isSaid(gained.tool_calls) ||
    isSaid(gained.refusal) ||
    isSaid(gained.function_call) ||
    isSaid(gained.audio) ||
    isSaid(gained.images)
  )
}
