import { checkOptions, ConfigError, option } from '@sluice/core'
import type {
  ChatCompletionChunkChoice,
  ChatCompletionDelta,
  ToolCallDelta,
} from '@sluice/core/wire'
import type { TextFilter } from '../response-form/text-filter.ts'
import type { TextLimiter } from '../response-form/text-limiter.ts'
import type { ResponseOperator } from './internal/response-operator.ts'
import type { ChoiceRewriter } from './rewrite/response-rewriter.ts'
import { BYTES_PER_TOKEN } from '@sluice/core/internal'
import { lengthWithin, textBytes } from './estimate-tokens.ts'
import { rewriteResponse, WITHOUT_END } from './rewrite/rewrite-response.ts'
import { safeCut } from './rewrite/safe-cut.ts'

/** How an answer is limited. */
export interface LimitTokensOptions {
  /**
   * How many choices were asked for (`n`): the source is let go when so many are over.
   * @defaultValue 1
   */
  readonly choices?: number | undefined
}

/**
 * Ends a choice after about `max` tokens of text, thoughts and tool calls, with `finish_reason:
 * "length"`. It counts as `estimateTokens` does, so it is a brake and no bill: give the vendor
 * `max_completion_tokens` as well. How the chunks cut the text makes no difference. A response ends
 * as `incomplete`, because of `max_output_tokens`.
 *
 * When all choices are over the source is unsubscribed, so that no more is generated. Its usage
 * never comes then; `meterUsage` estimates it.
 *
 * @throws ConfigError `ERR_SSE_STREAM_OPTIONS`
 */
export function limitTokens(max: number, options: LimitTokensOptions = {}): ResponseOperator {
  checkOptions('limitTokens', 'ERR_SSE_STREAM_OPTIONS', options, { choices: option.positive })
  if (!(max > 0)) {
    throw new ConfigError(
      'ERR_SSE_STREAM_OPTIONS',
      `limitTokens() takes a number above 0, but got ${String(max)}.`,
    )
  }
  return rewriteResponse(
    'limitTokens',
    () => ({
      create: () => new LimitedChoice(max),
      choices: options.choices,
      limiter: new TokenLimiter(max),
    }),
    WITHOUT_END,
  )
}

/** Tokens that are left; below nothing once some did not fit. */
class TokenBudget {
  left: number

  constructor(max: number) {
    this.left = max * BYTES_PER_TOKEN
  }

  /** As much of a text as there is room for. */
  take(text: string): string {
    const within = lengthWithin(text, this.left)
    this.left = within < text.length ? -1 : this.left - textBytes(text)
    return text.slice(0, safeCut(text, within))
  }
}

class TokenLimiter implements TextLimiter {
  readonly reason = 'max_output_tokens'
  readonly #budget: TokenBudget

  constructor(max: number) {
    this.#budget = new TokenBudget(max)
  }

  get isOver(): boolean {
    return this.#budget.left < 0
  }

  filter(): TextFilter {
    return { push: (text) => (this.isOver ? '' : this.#budget.take(text)), end: () => '' }
  }
}

class LimitedChoice implements ChoiceRewriter {
  readonly #budget: TokenBudget

  constructor(max: number) {
    this.#budget = new TokenBudget(max)
  }

  next(choice: ChatCompletionChunkChoice): readonly ChatCompletionChunkChoice[] {
    const delta: ChatCompletionDelta = {}
    for (const [field, value] of Object.entries(choice.delta)) {
      if (this.#budget.left < 0) break
      if (field === 'role') delta.role = 'assistant'
      else if (field === 'tool_calls') delta.tool_calls = this.#toolCalls(value as ToolCallDelta[])
      else if (field !== '__proto__')
        delta[field] = typeof value === 'string' ? this.#budget.take(value) : value
    }
    if (this.#budget.left >= 0) return [choice]
    return [
      { ...choice, delta, ...(choice.logprobs ? { logprobs: null } : {}), finish_reason: 'length' },
    ]
  }

  end(): readonly ChatCompletionChunkChoice[] {
    return []
  }

  #toolCalls(calls: readonly ToolCallDelta[]): ToolCallDelta[] {
    const taken: ToolCallDelta[] = []
    for (const call of calls) {
      if (this.#budget.left < 0) break
      const { name = '', arguments: text } = call.function ?? {}
      this.#budget.take(name)
      const { input, ...custom } = (call['custom'] ?? {}) as { readonly input?: unknown }
      if (typeof input === 'string') {
        taken.push({ ...call, custom: { ...custom, input: this.#budget.take(input) } })
        continue
      }
      taken.push(
        text === undefined
          ? call
          : { ...call, function: { ...call.function, arguments: this.#budget.take(text) } },
      )
    }
    return taken
  }
}
