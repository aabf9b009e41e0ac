import {
  checkOptions,
  ConfigError,
  option,
  type ChatCompletionChunkChoice,
  type ChatCompletionDelta,
  type ToolCallDelta,
} from '@sluice/core'
import type { MonoTypeOperatorFunction } from 'rxjs'
import type { ChoiceRewriter } from './answer-rewriter.ts'
import type { ChatBatch } from './chat-batch.ts'
import { lengthWithin, tokenTwelfths, twelfthsOf } from './estimate-tokens.ts'
import { rewriteChoices } from './rewrite-choices.ts'
import { safeCut } from './safe-cut.ts'

/** How an answer is limited. */
export interface LimitTokensOptions {
  /** How many choices were asked for (`n`): the source is let go when so many are over. @defaultValue 1 */
  readonly choices?: number | undefined
}

/**
 * Ends a choice after about `max` tokens of text, thoughts and tool calls, with `finish_reason: "length"`. It counts as
 * `estimateTokens` does, so it is a brake and no bill: give the vendor `max_completion_tokens` as well. How the chunks
 * cut the text makes no difference.
 *
 * When all choices are over the source is unsubscribed, so that no more is generated. Its usage never comes then;
 * `meterUsage` estimates it.
 *
 * @throws ConfigError `ERR_SSE_STREAM_OPTIONS`
 */
export function limitTokens(max: number, options: LimitTokensOptions = {}): MonoTypeOperatorFunction<ChatBatch> {
  checkOptions('limitTokens', 'ERR_SSE_STREAM_OPTIONS', options, { choices: option.positive })
  if (!(max > 0)) {
    throw new ConfigError('ERR_SSE_STREAM_OPTIONS', `limitTokens() takes a number above 0, but got ${String(max)}.`)
  }
  return rewriteChoices(() => ({ create: () => new LimitedChoice(max), choices: options.choices }))
}

class LimitedChoice implements ChoiceRewriter {
  #left: number

  constructor(max: number) {
    this.#left = twelfthsOf(max)
  }

  next(choice: ChatCompletionChunkChoice): readonly ChatCompletionChunkChoice[] {
    const delta: ChatCompletionDelta = {}
    for (const [field, value] of Object.entries(choice.delta)) {
      if (this.#left < 0) break
      if (field === 'role') delta.role = 'assistant'
      else if (field === 'tool_calls') delta.tool_calls = this.#toolCalls(value as ToolCallDelta[])
      else if (field !== '__proto__') delta[field] = typeof value === 'string' ? this.#take(value) : value
    }
    if (this.#left >= 0) return [choice]
    return [{ ...choice, delta, ...(choice.logprobs ? { logprobs: null } : {}), finish_reason: 'length' }]
  }

  end(): readonly ChatCompletionChunkChoice[] {
    return []
  }

  #toolCalls(calls: readonly ToolCallDelta[]): ToolCallDelta[] {
    const taken: ToolCallDelta[] = []
    for (const call of calls) {
      if (this.#left < 0) break
      const { name = '', arguments: text } = call.function ?? {}
      this.#take(name)
      taken.push(text === undefined ? call : { ...call, function: { ...call.function, arguments: this.#take(text) } })
    }
    return taken
  }

  /** As much of a text as there is room for; below nothing is left once some did not fit. */
  #take(text: string): string {
    const within = lengthWithin(text, this.#left)
    this.#left = within < text.length ? -1 : this.#left - tokenTwelfths(text)
    return text.slice(0, safeCut(text, within))
  }
}
