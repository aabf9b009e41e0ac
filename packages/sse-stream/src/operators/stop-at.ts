import { checkOptions, ConfigError, option, type ChatCompletionChunkChoice } from '@sluice/core'
import type { AnswerOperator } from './answer-operator.ts'
import type { ChoiceRewriter } from './answer-rewriter.ts'
import { heldFrom } from './held-from.ts'
import { rewriteAnswer } from './rewrite-answer.ts'

/** How an answer is stopped. */
export interface StopAtOptions {
  /** How many choices were asked for (`n`): the source is let go when so many are over. @defaultValue 1 */
  readonly choices?: number | undefined
}

/**
 * Ends a choice where its text comes to one of the sequences, with `finish_reason: "stop"`; the sequence itself is left
 * out. It does what the `stop` param does, for vendors that lack it, and finds sequences however the chunks cut them:
 * the one that is complete first counts. Thoughts and tool calls are not looked at.
 *
 * When all choices are over the source is unsubscribed, so that no more is generated, or paid for. Its usage never
 * comes then; `meterUsage` estimates it.
 *
 * @throws ConfigError `ERR_SSE_STREAM_OPTIONS`
 */
export function stopAt(sequences: string | readonly string[], options: StopAtOptions = {}): AnswerOperator {
  checkOptions('stopAt', 'ERR_SSE_STREAM_OPTIONS', options, { choices: option.positive })
  const all = typeof sequences === 'string' ? [sequences] : [...sequences]
  if (all.length === 0 || all.includes('')) {
    throw new ConfigError('ERR_SSE_STREAM_OPTIONS', 'stopAt() takes at least one sequence, and none of them empty.')
  }
  return rewriteAnswer('stopAt', () => ({ create: (index) => new StoppedChoice(index, all), choices: options.choices }))
}

class StoppedChoice implements ChoiceRewriter {
  readonly #index: number
  readonly #sequences: readonly string[]
  readonly #longest: number
  #held = ''

  constructor(index: number, sequences: readonly string[]) {
    this.#index = index
    this.#sequences = sequences
    this.#longest = Math.max(...sequences.map((sequence) => sequence.length))
  }

  next(choice: ChatCompletionChunkChoice): readonly ChatCompletionChunkChoice[] {
    const { content } = choice.delta
    if (typeof content !== 'string' || content === '') return [choice]
    const text = this.#held + content
    const stop = this.#stopIn(text)
    const until = stop ?? heldFrom(text, 0, this.#longest, (end) => this.#isBeginning(end))
    this.#held = stop === undefined ? text.slice(until) : ''
    if (stop === undefined && text.slice(0, until) === content) return [choice]
    const { content: _content, ...others } = choice.delta
    const delta = until > 0 ? { ...others, content: text.slice(0, until) } : others
    if (stop !== undefined)
      return [{ ...choice, delta, ...(choice.logprobs ? { logprobs: null } : {}), finish_reason: 'stop' }]
    return Object.keys(delta).length > 0 || choice.logprobs ? [{ ...choice, delta }] : []
  }

  end(): readonly ChatCompletionChunkChoice[] {
    const content = this.#held
    this.#held = ''
    return content === '' ? [] : [{ index: this.#index, delta: { content }, finish_reason: null }]
  }

  /** Where the sequence begins that is complete first; of two that end together, the longer. */
  #stopIn(text: string): number | undefined {
    let start: number | undefined
    let end = Infinity
    for (const sequence of this.#sequences) {
      const at = text.indexOf(sequence)
      const close = at + sequence.length
      if (at < 0 || close > end || (close === end && at > start!)) continue
      start = at
      end = close
    }
    return start
  }

  #isBeginning(end: string): boolean {
    return this.#sequences.some((sequence) => sequence.length > end.length && sequence.startsWith(end))
  }
}
