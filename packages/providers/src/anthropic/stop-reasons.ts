import type { FinishReason } from '@sluice/core'

const FINISH_REASONS: ReadonlyMap<string, FinishReason> = new Map([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['tool_use', 'tool_calls'],
  ['refusal', 'content_filter'],
  // The vendor's own tools want another request to go on; what has been said so far is complete in itself.
  ['pause_turn', 'stop'],
  ['compaction', 'stop'],
])

/** The finish reason for a stop reason. One that is not known counts as `stop`; the vendor's word stays beside it. */
export function finishReasonOf(stopReason: string): FinishReason {
  return FINISH_REASONS.get(stopReason) ?? 'stop'
}
