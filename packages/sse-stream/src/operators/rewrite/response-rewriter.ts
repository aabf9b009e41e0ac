import type { ChatCompletionChunk, ChatCompletionChunkChoice } from '@sluice/core/wire'

/** Changes what one choice says. Kept for the whole answer, so it may hold text back. */
export interface ChoiceRewriter {
  /**
   * What stands for this part of the choice, in order; the same object alone where nothing changes.
   * A finish reason in the result ends the choice: nothing of it is let through any more. The part
   * itself never has one.
   */
  next(choice: ChatCompletionChunkChoice): readonly ChatCompletionChunkChoice[]
  /** What was held back, when the choice or the answer ends. */
  end(): readonly ChatCompletionChunkChoice[]
}

interface ChoiceState {
  readonly rewriter: ChoiceRewriter
  /** The chunk that spoke of the choice last: what is held back leaves in its envelope. */
  chunk: ChatCompletionChunk
  isOver: boolean
}

/** What was made of some chunks; `isChanged` is false where they can leave as they came. */
export interface RewrittenChunks {
  readonly chunks: readonly ChatCompletionChunk[]
  readonly isChanged: boolean
}

/**
 * Applies a rewriter to each choice of one answer: what is held back leaves before the finish
 * reason, and nothing after it.
 */
export class ResponseRewriter {
  readonly #create: (index: number) => ChoiceRewriter
  readonly #choices = new Map<number, ChoiceState>()
  #endedEarly = false

  constructor(create: (index: number) => ChoiceRewriter) {
    this.#create = create
  }

  /**
   * Whether at least so many choices have begun, all of them are over, and one of them was ended by
   * its rewriter.
   */
  isOver(choices: number): boolean {
    return (
      this.#endedEarly &&
      this.#choices.size >= choices &&
      [...this.#choices.values()].every(({ isOver }) => isOver)
    )
  }

  rewrite(chunks: readonly ChatCompletionChunk[]): RewrittenChunks {
    let isChanged = false
    const rewritten: ChatCompletionChunk[] = []
    for (const chunk of chunks) {
      const parts = chunk.choices.map((choice) => this.#rewriteChoice(chunk, choice))
      if (parts.every((part, at) => part.length === 1 && part[0] === chunk.choices[at])) {
        rewritten.push(chunk)
        continue
      }
      isChanged = true
      for (const choice of parts.flat()) rewritten.push({ ...chunk, choices: [choice] })
    }
    return { chunks: rewritten, isChanged }
  }

  /** What is held back of all choices, for an answer that ends without their finish reasons. */
  flush(): ChatCompletionChunk[] {
    const chunks: ChatCompletionChunk[] = []
    for (const state of this.#choices.values()) {
      if (state.isOver) continue
      state.isOver = true
      for (const choice of state.rewriter.end()) chunks.push({ ...state.chunk, choices: [choice] })
    }
    return chunks
  }

  #rewriteChoice(
    chunk: ChatCompletionChunk,
    choice: ChatCompletionChunkChoice,
  ): readonly ChatCompletionChunkChoice[] {
    let state = this.#choices.get(choice.index)
    if (state === undefined) {
      state = { rewriter: this.#create(choice.index), chunk, isOver: false }
      this.#choices.set(choice.index, state)
    }
    if (state.isOver) return []
    state.chunk = chunk
    if (!choice.finish_reason) {
      const parts = state.rewriter.next(choice)
      this.#endIfFinished(state, parts)
      return parts
    }
    const { delta, finish_reason: reason, logprobs, ...rest } = choice
    const said = {
      index: choice.index,
      delta,
      finish_reason: null,
      ...(logprobs === undefined ? {} : { logprobs }),
    }
    const parts = state.rewriter.next(said)
    if (this.#endIfFinished(state, parts)) return parts
    state.isOver = true
    const held = state.rewriter.end()
    if (held.length === 0 && parts.length === 1 && parts[0] === said) return [choice]
    const last = {
      ...rest,
      delta: {},
      finish_reason: reason,
      ...(logprobs === undefined ? {} : { logprobs: null }),
    }
    return [...parts.filter(saysSomething), ...held, last]
  }

  #endIfFinished(state: ChoiceState, parts: readonly ChatCompletionChunkChoice[]): boolean {
    if (!parts.at(-1)?.finish_reason) return false
    state.isOver = true
    this.#endedEarly = true
    return true
  }
}

function saysSomething({ delta, logprobs }: ChatCompletionChunkChoice): boolean {
  return Object.keys(delta).length > 0 || (logprobs !== undefined && logprobs !== null)
}
