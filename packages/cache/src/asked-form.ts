import type { Call, ChatCompletionCreateParams } from '@sluice/core'
import { cacheableOperations } from './cacheable-operations.ts'

/** How a caller wants its answer delivered. */
export interface AskedForm {
  readonly streamed: boolean
  /** Whether the usage event is to be shown in a stream. */
  readonly showsUsage: boolean
}

/** Reads the asked form off a call's params. */
export function askedForm(call: Call): AskedForm {
  const params = call.params as Partial<ChatCompletionCreateParams>
  const streamed = cacheableOperations[call.operation]?.isCompletion === true && params.stream === true
  return { streamed, showsUsage: streamed && params.stream_options?.include_usage === true }
}
