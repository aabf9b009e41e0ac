import { createGate, wordTable, type ChatCompletion } from '@sluice/core'
import { EventBatch } from '@sluice/sse-stream'

/** How a completion ended: all it had to say, a wish for tools to be called, or something that breaks off. */
export type Ending = 'said' | 'calls' | 'cut'

const ENDINGS = wordTable<Ending>({ stop: 'said', tool_calls: 'calls', function_call: 'calls' })
// Inside a JSON string these quotes would be escaped, so what is found is a key.
const REASONS = /"finish_reason":"([^"]*)"/g
const CALLS = /"tool_calls":\[\{/

/** How a whole completion ended. */
export function endingOfDocument(document: ChatCompletion): Ending {
  const calls = document.choices.some((choice) => (choice.message.tool_calls?.length ?? 0) > 0)
  return endingOf(
    document.choices.map((choice) => choice.finish_reason),
    calls,
  )
}

/** How a streamed completion ended, from its events. Looks for the words without parsing; events in an unusual form are parsed. */
export function endingOfEvents(bytes: Uint8Array): Ending {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  const reasons = Array.from(text.matchAll(REASONS), ([, reason = '']) => reason)
  if (reasons.length > 0) return endingOf(reasons, CALLS.test(text))
  const choices = new EventBatch(bytes, createGate()).chunks().flatMap((chunk) => chunk.choices)
  return endingOf(
    choices.map((choice) => choice.finish_reason).filter((reason) => typeof reason === 'string'),
    choices.some((choice) => (choice.delta.tool_calls?.length ?? 0) > 0),
  )
}

function endingOf(reasons: readonly string[], calls: boolean): Ending {
  const endings = reasons.map((reason) => ENDINGS.get(reason) ?? 'cut')
  if (endings.length === 0 || endings.includes('cut')) return 'cut'
  // A call that was forced by name ends with `stop`.
  return calls || endings.includes('calls') ? 'calls' : 'said'
}
