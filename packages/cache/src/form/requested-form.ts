import type { Call } from '@sluice/core'
import type { ChatCompletionCreateParams } from '@sluice/core/wire'
import { cacheableOperations } from './cacheable-operations.ts'

/** How a caller wants its answer delivered. */
export interface RequestedForm {
  readonly streamed: boolean
  /** Whether the usage event is to be shown in a stream. */
  readonly showsUsage: boolean
}

const WHOLE: RequestedForm = { streamed: false, showsUsage: false }
const STREAMED: RequestedForm = { streamed: true, showsUsage: false }
const STREAMED_WITH_USAGE: RequestedForm = { streamed: true, showsUsage: true }

/** Reads the asked form off a call's params. */
export function askedForm(call: Call): RequestedForm {
  const params = call.params as Partial<ChatCompletionCreateParams>
  if (params.stream !== true || cacheableOperations.get(call.operation)?.isCompletion !== true)
    return WHOLE
  return params.stream_options?.include_usage === true ? STREAMED_WITH_USAGE : STREAMED
}
