import { checkOptions, option, type CompletionUsage } from '@sluice/core'
import type { MonoTypeOperatorFunction } from 'rxjs'
import type { ChatBatch } from './chat-batch.ts'
import { tokenTwelfths, twelfthsOf } from './estimate-tokens.ts'
import { operate } from './operate.ts'
import { textsOfChunks } from './said-text.ts'

/** What an answer cost, and how that is known. */
export interface MeteredUsage {
  readonly usage: CompletionUsage
  /** Whether it is our estimate of what has been seen, because the vendor did not say. */
  readonly isEstimated: boolean
  readonly outcome: 'complete' | 'error' | 'unsubscribe'
}

/** What the meter cannot see by itself. */
export interface MeterUsageOptions {
  /** Tokens of the prompt, for answers that have to be estimated. @defaultValue 0 */
  readonly promptTokens?: number | undefined
}

/**
 * Reports what an answer cost, exactly once: when it completes, fails, or its subscriber leaves, before that goes on
 * downstream. The vendor's own usage is taken where it has come, else what was seen is estimated. Batches go through
 * untouched; until usage comes each is parsed once.
 *
 * @throws ConfigError `ERR_SSE_STREAM_OPTIONS`. What `report` throws fails the answer; on leaving it is thrown by
 * `unsubscribe`.
 */
export function meterUsage(
  report: (metered: MeteredUsage) => void,
  options: MeterUsageOptions = {},
): MonoTypeOperatorFunction<ChatBatch> {
  checkOptions('meterUsage', 'ERR_SSE_STREAM_OPTIONS', options, { promptTokens: option.count })
  return operate<ChatBatch, ChatBatch>((subscriber) => {
    let usage: CompletionUsage | undefined
    let twelfths = 0
    let isReported = false

    const settle = (outcome: MeteredUsage['outcome']) => {
      if (isReported) return
      isReported = true
      report({ usage: usage ?? estimate(), isEstimated: usage === undefined, outcome })
    }
    const estimate = (): CompletionUsage => {
      const prompt = options.promptTokens ?? 0
      const completion = Math.ceil(twelfths / twelfthsOf(1))
      return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion }
    }
    return {
      next(batch) {
        if (batch.usage !== undefined) usage = batch.usage
        else for (const text of textsOfChunks(batch.chunks())) twelfths += tokenTwelfths(text)
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
}
