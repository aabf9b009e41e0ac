import { ApiError, withCall, type Call } from '@sluice/core'
import { withIdempotencyPart, MAX_CHOICES } from '@sluice/core/internal'
import type { ChatCompletionCreateParams } from '@sluice/core/wire'

type ChatCall = Call<'chat.completions'>

/** One of the requests that a call is made of, and which of its choices that request gives. */
export interface FanOutJob {
  readonly call: ChatCall
  /** Index of its first choice in the whole answer. */
  readonly first: number
  readonly count: number
}

/** Whether a call asks for more choices than one request of its vendor can give. */
export function needsFanOut(
  params: ChatCompletionCreateParams,
  maxChoices: number | undefined,
): boolean {
  return maxChoices !== undefined && Number.isInteger(params.n) && params.n! > maxChoices
}

/**
 * The requests that together give the `n` choices of a call. They ask for no usage chunk of their
 * own; what each cost is known all the same.
 *
 * @throws ApiError 400 `invalid_value` for more than 128 choices
 */
export function fanOutJobs(call: ChatCall, maxChoices: number): FanOutJob[] {
  const n = call.params.n!
  if (n > MAX_CHOICES) {
    throw new ApiError('invalid_value', {
      message: `\`n\` may be at most ${MAX_CHOICES}, but is ${n}.`,
      param: 'n',
    })
  }
  const { n: _n, stream_options: streamOptions, ...rest } = call.params
  const params: ChatCompletionCreateParams = {
    ...rest,
    ...(streamOptions === undefined
      ? {}
      : { stream_options: { ...streamOptions, include_usage: false } }),
  }
  const jobs: FanOutJob[] = []
  for (let first = 0; first < n; first += maxChoices) {
    const count = Math.min(maxChoices, n - first)
    const headers = withIdempotencyPart(call.headers, 'choices', jobs.length)
    jobs.push({
      call: withCall(call, { params: count === 1 ? params : { ...params, n: count }, headers }),
      first,
      count,
    })
  }
  return jobs
}
