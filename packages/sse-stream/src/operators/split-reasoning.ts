import { checkOptions, option } from '@sluice/core'
import type { ChatCompletionChunkChoice } from '@sluice/core/wire'
import type { ResponseOperator } from './internal/response-operator.ts'
import type { ChoiceRewriter } from './rewrite/response-rewriter.ts'
import { heldFrom } from './rewrite/held-from.ts'
import { rewriteResponse } from './rewrite/rewrite-response.ts'

/** How a model marks its thoughts. */
export interface SplitReasoningOptions {
  /** @defaultValue `<think>` */
  readonly open?: string | undefined
  /** @defaultValue `</think>` */
  readonly close?: string | undefined
  /**
   * Whether the text begins inside the thoughts, as it does where the prompt already held the
   * opening mark.
   * @defaultValue false
   */
  readonly startsOpen?: boolean | undefined
}

const RULES = { open: option.string, close: option.string, startsOpen: option.boolean }

/**
 * Moves the thoughts that a model writes into its text, between `<think>` and `</think>`, to
 * `reasoning_content`, where clients look for them. The marks are left out, everything else stays
 * to the letter; several passages are found, and one that is never closed lasts to the end. How the
 * chunks cut the marks makes no difference.
 *
 * @throws ConfigError `ERR_SSE_STREAM_OPTIONS`
 */
export function splitReasoning(options: SplitReasoningOptions = {}): ResponseOperator {
  checkOptions('splitReasoning', 'ERR_SSE_STREAM_OPTIONS', options, RULES)
  const { open = '<think>', close = '</think>', startsOpen = false } = options
  return rewriteResponse('splitReasoning', () => ({
    create: (index) => new SplitChoice(index, open, close, startsOpen),
  }))
}

class SplitChoice implements ChoiceRewriter {
  readonly #index: number
  readonly #open: string
  readonly #close: string
  #isInside: boolean
  #held = ''

  constructor(index: number, open: string, close: string, startsOpen: boolean) {
    this.#index = index
    this.#open = open
    this.#close = close
    this.#isInside = startsOpen
  }

  next(choice: ChatCompletionChunkChoice): readonly ChatCompletionChunkChoice[] {
    const { content, ...others } = choice.delta
    if (typeof content !== 'string' || content === '') return [choice]
    const passages = this.#split(this.#held + content)
    const [only] = passages
    if (passages.length === 1 && only!.content === content) return [choice]
    const { logprobs, ...rest } = choice
    const saysMore = Object.keys(others).length > 0 || (logprobs !== undefined && logprobs !== null)
    return [
      ...(saysMore ? [{ ...choice, delta: others }] : []),
      ...passages.map((delta) => ({ ...rest, delta })),
    ]
  }

  end(): readonly ChatCompletionChunkChoice[] {
    const text = this.#held
    this.#held = ''
    return text === ''
      ? []
      : [{ index: this.#index, delta: this.#passage(text), finish_reason: null }]
  }

  #split(whole: string): { content?: string; reasoning_content?: string }[] {
    const passages: { content?: string; reasoning_content?: string }[] = []
    const add = (text: string) => {
      if (text !== '') passages.push(this.#passage(text))
    }
    let text = whole
    for (;;) {
      const mark = this.#isInside ? this.#close : this.#open
      const at = text.indexOf(mark)
      if (at < 0) {
        const held = heldFrom(text, 0, mark.length, (end) => mark.startsWith(end))
        add(text.slice(0, held))
        this.#held = text.slice(held)
        return passages
      }
      add(text.slice(0, at))
      text = text.slice(at + mark.length)
      this.#isInside = !this.#isInside
    }
  }

  #passage(text: string): { content?: string; reasoning_content?: string } {
    return this.#isInside ? { reasoning_content: text } : { content: text }
  }
}
