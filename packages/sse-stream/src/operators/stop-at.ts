import { checkOptions, ConfigError, option } from '@sluice/core'
import type { ChatCompletionChunkChoice } from '@sluice/core/wire'
import type { TextFilter } from '../response-form/text-filter.ts'
import { unlimited, type TextLimiter } from '../response-form/text-limiter.ts'
import type { ResponseOperator } from './internal/response-operator.ts'
import type { ChoiceRewriter } from './rewrite/response-rewriter.ts'
import { rewriteResponse, WITHOUT_END } from './rewrite/rewrite-response.ts'
import { StopSequences } from './rewrite/stop-sequences.ts'

/** How an answer is stopped. */
export interface StopAtOptions {
  /**
   * How many choices were asked for (`n`): the source is let go when so many are over.
   * @defaultValue 1
   */
  readonly choices?: number | undefined
}

/**
 * Ends a choice where its text comes to one of the sequences, with `finish_reason: "stop"`; the
 * sequence itself is left out. It does what the `stop` param does, for vendors that lack it, and
 * finds sequences however the chunks cut them: the one that is complete first counts. Thoughts and
 * tool calls are not looked at. A response ends as `completed`.
 *
 * When all choices are over the source is unsubscribed, so that no more is generated, or paid for.
 * Its usage never comes then; `meterUsage` estimates it.
 *
 * @throws ConfigError `ERR_SSE_STREAM_OPTIONS`
 */
export function stopAt(
  sequences: string | readonly string[],
  options: StopAtOptions = {},
): ResponseOperator {
  checkOptions('stopAt', 'ERR_SSE_STREAM_OPTIONS', options, { choices: option.positive })
  const all = typeof sequences === 'string' ? [sequences] : [...sequences]
  if (all.length === 0 || all.includes('')) {
    throw new ConfigError(
      'ERR_SSE_STREAM_OPTIONS',
      'stopAt() takes at least one sequence, and none of them empty.',
    )
  }
  const found = new StopSequences(all)
  return rewriteResponse(
    'stopAt',
    () => ({
      create: (index) => new StoppedChoice(index, found),
      choices: options.choices,
      limiter: new StopLimiter(found),
    }),
    WITHOUT_END,
  )
}

class StoppedChoice implements ChoiceRewriter {
  readonly #index: number
  readonly #sequences: StopSequences
  #held = ''

  constructor(index: number, sequences: StopSequences) {
    this.#index = index
    this.#sequences = sequences
  }

  next(choice: ChatCompletionChunkChoice): readonly ChatCompletionChunkChoice[] {
    const { content } = choice.delta
    if (typeof content !== 'string' || content === '') return [choice]
    const text = this.#held + content
    const stop = this.#sequences.stopIn(text)
    const until = stop ?? this.#sequences.heldFrom(text)
    this.#held = stop === undefined ? text.slice(until) : ''
    if (stop === undefined && text.slice(0, until) === content) return [choice]
    const { content: _content, ...others } = choice.delta
    const delta = until > 0 ? { ...others, content: text.slice(0, until) } : others
    if (stop !== undefined)
      return [
        { ...choice, delta, ...(choice.logprobs ? { logprobs: null } : {}), finish_reason: 'stop' },
      ]
    return Object.keys(delta).length > 0 || choice.logprobs ? [{ ...choice, delta }] : []
  }

  end(): readonly ChatCompletionChunkChoice[] {
    const content = this.#held
    this.#held = ''
    return content === '' ? [] : [{ index: this.#index, delta: { content }, finish_reason: null }]
  }
}

class StopLimiter implements TextLimiter {
  readonly #sequences: StopSequences
  isOver = false

  constructor(sequences: StopSequences) {
    this.#sequences = sequences
  }

  filter(stem: string): TextFilter {
    if (stem !== 'response.output_text') return unlimited
    let held = ''
    return {
      push: (piece) => {
        if (this.isOver) return ''
        const text = held + piece
        const stop = this.#sequences.stopIn(text)
        this.isOver = stop !== undefined
        const until = stop ?? this.#sequences.heldFrom(text)
        held = text.slice(until)
        return text.slice(0, until)
      },
      end: () => (this.isOver ? '' : held),
    }
  }
}
