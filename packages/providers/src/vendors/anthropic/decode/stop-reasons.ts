import type { FinishReason } from '@sluice/core/wire'

/** The vendor's stop reasons that mean something else, or more, than the words of others. */
export const STOP_REASONS: ReadonlyMap<string, FinishReason> = new Map([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['tool_use', 'tool_calls'],
  ['refusal', 'content_filter'],
  // The vendor's own tools want another request to go on; what has been said so far is complete in
  // itself.
  ['pause_turn', 'stop'],
  ['compaction', 'stop'],
])
