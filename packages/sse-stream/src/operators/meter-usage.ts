import { checkOptions, option, type Batch } from '@sluice/core'
import type { CompletionUsage } from '@sluice/core/wire'
import { SaidReader } from '../response-form/said-reader.ts'
import { statedUsage } from '../response-form/stated-usage.ts'
import type { ResponseOperator } from './internal/response-operator.ts'
import { BYTES_PER_TOKEN } from '@sluice/core/internal'
import { textBytes } from './estimate-tokens.ts'
import { operate } from './internal/operate.ts'
import { textsOfChunks } from './rewrite/spoken-text.ts'

/** What an answer cost, and how that is known. */
export interface MeteredUsage {
  readonly usage: CompletionUsage
  /** Whether it is our estimate of what has been seen, because the vendor did not say. */
  readonly isEstimated: boolean
  readonly outcome: 'complete' | 'error' | 'unsubscribe'
  /** Seconds of sound, where the vendor counts those and no tokens. */
  readonly seconds?: number | undefined
}

/** What the meter cannot see by itself. */
export interface MeterUsageOptions {
  /** Tokens of the prompt, for answers that have to be estimated. @defaultValue 0 */
  readonly promptTokens?: number | undefined
}

/**
 * Reports what an answer cost, exactly once: when it completes, fails, or its subscriber leaves,
 * before that goes on downstream. The vendor's own usage is taken where it has come, else what was
 * seen is estimated. Batches go through untouched; until usage comes each is parsed once. Works on
 * every operation; what has no text and no usage costs 0.
 *
 * @throws ConfigError `ERR_SSE_STREAM_OPTIONS`. What `report` throws fails the answer; on leaving
 * it is thrown by `unsubscribe`.
 */
export function meterUsage(
  report: (metered: MeteredUsage) => void,
  options: MeterUsageOptions = {},
): ResponseOperator {
  checkOptions('meterUsage', 'ERR_SSE_STREAM_OPTIONS', options, { promptTokens: option.count })
  const operator = operate<Batch, Batch>((subscriber) => {
    const reader = new SaidReader()
    let usage: CompletionUsage | undefined
    let seconds: number | undefined
    let bytes = 0
    let isReported = false

    const settle = (outcome: MeteredUsage['outcome']) => {
      if (isReported) return
      isReported = true
      const heard = seconds === undefined ? {} : { seconds }
      report({ usage: usage ?? estimate(), isEstimated: usage === undefined, outcome, ...heard })
    }
    const estimate = (): CompletionUsage => {
      const prompt = options.promptTokens ?? 0
      const completion = Math.ceil(bytes / BYTES_PER_TOKEN)
      return {
        prompt_tokens: prompt,
        completion_tokens: completion,
        total_tokens: prompt + completion,
      }
    }
    return {
      next(batch) {
        const stated = statedUsage(batch)
        usage = stated.usage ?? usage
        seconds = stated.seconds ?? seconds
        if (stated.usage === undefined) {
          for (const text of textsOfChunks(reader.read(batch))) bytes += textBytes(text)
        }
        subscriber.next(batch)
      },
      error(error) {
        settle('error')
        subscriber.error(error)
      },
      complete() {
        settle('complete')
        subscriber.complete()
      },
      teardown: () => settle('unsubscribe'),
    }
  })
  return operator as ResponseOperator
}
