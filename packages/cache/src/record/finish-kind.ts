import { createGate } from '@sluice/core'
import { wordTable } from '@sluice/core/internal'
import type { ChatCompletion, ChatCompletionChunk } from '@sluice/core/wire'
import { CompletionAccumulator, EventBatch } from '@sluice/sse-stream/internal'

/**
 * How a completion ended: all it had to say, a wish for tools to be called, or something that
 * breaks off.
 */
export type FinishKind = 'complete' | 'tool_calls' | 'truncated'

const FINISH_KINDS = wordTable<FinishKind>({
  stop: 'complete',
  tool_calls: 'tool_calls',
  function_call: 'tool_calls',
})
// Inside a JSON string these quotes would be escaped, so what is found is a key.
const REASONS = /"finish_reason":"([^"]*)"/g
/** More than blanks, as a stream's events say it. */
const TEXT = /"content":"(?:\s|\\[nrt])*(?!\\[nrt])[^"\s]/
/**
 * What has to be looked at closer: calls, further choices, sounds and pictures, refusals, errors.
 */
const UNUSUAL =
  /"(?:tool_calls|function_call|audio|images|error)":\s*[[{"]|"refusal":\s*"|"index":\s*[1-9]/

/**
 * How a whole completion ended. One of which a choice says nothing at all, or calls what cannot be
 * called, has failed and only does not say so: it counts as cut, and so does a refusal, which
 * another time may not come.
 */
export function finishKindOfDocument(document: ChatCompletion): FinishKind {
  if (document['error']) return 'truncated'
  let ending: FinishKind = 'truncated'
  for (const choice of document.choices) {
    const one = endingOfChoice(choice)
    if (one === 'truncated') return 'truncated'
    if (ending !== 'tool_calls') ending = one
  }
  return ending
}

/**
 * How a streamed completion ended, from its events. Looks for the words without parsing, where
 * there is one choice that says text; other events are parsed and put together.
 */
export function endingOfEvents(bytes: Uint8Array): FinishKind {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  const reasons = Array.from(text.matchAll(REASONS), ([, reason = '']) => reason)
  if (reasons.some((reason) => !FINISH_KINDS.has(reason))) return 'truncated'
  if (reasons.length === 1 && reasons[0] === 'stop' && !UNUSUAL.test(text) && TEXT.test(text))
    return 'complete'
  return endingOfChunks(new EventBatch(bytes, createGate()).chunks())
}

function endingOfChunks(chunks: readonly ChatCompletionChunk[]): FinishKind {
  const accumulator = new CompletionAccumulator()
  for (const chunk of chunks) {
    if (chunk['error']) return 'truncated'
    accumulator.add(chunk)
  }
  return accumulator.isComplete ? finishKindOfDocument(accumulator.result()) : 'truncated'
}

function endingOfChoice(choice: ChatCompletion['choices'][number]): FinishKind {
  const { message, finish_reason: reason } = choice
  const ending = FINISH_KINDS.get(reason)
  if (ending === undefined || choice['error'] || hasText(message.refusal)) return 'truncated'
  const calls = [
    ...(message.tool_calls ?? []).map((call) =>
      'function' in call ? call.function : call['custom'],
    ),
    ...(message['function_call'] ? [message['function_call']] : []),
  ]
  // A call that was forced by name ends with `stop`.
  if (calls.length > 0) return calls.every(isCall) ? 'tool_calls' : 'truncated'
  if (ending === 'tool_calls') return 'truncated'
  const further = [message['audio'], message['images']]
  return hasText(message.content) || further.some((one) => typeof one === 'object' && one !== null)
    ? 'complete'
    : 'truncated'
}

function hasText(value: unknown): boolean {
  return typeof value === 'string' && /\S/.test(value)
}

/**
 * Whether a call names what is to be called, with arguments that can be read; those of a custom
 * tool are any text.
 */
function isCall(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { name, arguments: args, input } = value as Readonly<Record<string, unknown>>
  if (!hasText(name)) return false
  if (args === undefined) return typeof input === 'string'
  if (typeof args !== 'string') return false
  try {
    const parsed: unknown = args === '' ? {} : JSON.parse(args)
    return typeof parsed === 'object' && parsed !== null
  } catch {
    return false
  }
}
