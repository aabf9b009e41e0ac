import type { ChatCompletionChunk, ChatCompletionDelta } from '@sluice/core/wire'

/** A part of an answer that goes on by itself: at the pace, or with whatever comes before it. */
export interface PacedChunk {
  readonly chunk: ChatCompletionChunk
  /** Characters of text; 0 for what is not paced. */
  readonly chars: number
}

const PACED_FIELDS = ['content', 'reasoning_content', 'refusal'] as const
type PacedField = (typeof PACED_FIELDS)[number]

interface Tail {
  readonly field: PacedField
  text: string
  chunk: ChatCompletionChunk
}

/**
 * Cuts the texts of an answer into pieces of an even size. The last piece of a text may still grow
 * and is kept, until the next one begins, another channel of its choice speaks, or the choice ends;
 * so nothing changes places.
 */
export class TextPacer {
  readonly #segmenter: Intl.Segmenter
  readonly #tails = new Map<number, Tail>()

  constructor(segmenter: Intl.Segmenter) {
    this.#segmenter = segmenter
  }

  push(chunk: ChatCompletionChunk): PacedChunk[] {
    const paced: PacedChunk[] = []
    if (chunk.choices.length === 0) return [{ chunk, chars: 0 }]
    for (const choice of chunk.choices) {
      const { index, finish_reason: reason, logprobs, ...extra } = choice
      const others: ChatCompletionDelta = { ...choice.delta }
      const texts: [PacedField, string][] = []
      for (const field of PACED_FIELDS) {
        const text = others[field]
        if (typeof text !== 'string' || text === '') continue
        texts.push([field, text])
        delete others[field]
      }
      const saysMore =
        Object.keys(others).length > 0 || (logprobs !== undefined && logprobs !== null)
      if (saysMore) {
        if (others.tool_calls !== undefined) paced.push(...this.#end(index))
        const said = {
          index,
          delta: others,
          finish_reason: null,
          ...(logprobs === undefined ? {} : { logprobs }),
        }
        paced.push({ chunk: { ...chunk, choices: [said] }, chars: 0 })
      }
      for (const [field, text] of texts) paced.push(...this.#add(chunk, index, field, text))
      if (!reason) continue
      const last = {
        ...extra,
        index,
        delta: {},
        finish_reason: reason,
        ...(logprobs === undefined ? {} : { logprobs: null }),
      }
      paced.push(...this.#end(index), { chunk: { ...chunk, choices: [last] }, chars: 0 })
    }
    return paced
  }

  /** What was kept of all choices. */
  end(): PacedChunk[] {
    return [...this.#tails.keys()].flatMap((index) => this.#end(index))
  }

  #add(chunk: ChatCompletionChunk, index: number, field: PacedField, text: string): PacedChunk[] {
    const paced: PacedChunk[] = []
    let tail = this.#tails.get(index)
    if (tail !== undefined && tail.field !== field) {
      paced.push(...this.#end(index))
      tail = undefined
    }
    const pieces = piecesOf(this.#segmenter, (tail?.text ?? '') + text)
    this.#tails.set(index, { field, text: pieces.pop()!, chunk })
    return [...paced, ...pieces.map((piece) => pacedText(chunk, index, field, piece))]
  }

  #end(index: number): PacedChunk[] {
    const tail = this.#tails.get(index)
    this.#tails.delete(index)
    return tail === undefined
      ? []
      : piecesOf(this.#segmenter, tail.text).map((piece) =>
          pacedText(tail.chunk, index, tail.field, piece),
        )
  }
}

/** A text in words or characters; words take the space and the punctuation behind them along. */
export function piecesOf(segmenter: Intl.Segmenter, text: string): string[] {
  const pieces: string[] = []
  for (const { segment, isWordLike } of segmenter.segment(text)) {
    if (isWordLike === false && pieces.length > 0) pieces[pieces.length - 1] += segment
    else pieces.push(segment)
  }
  return pieces
}

function pacedText(
  chunk: ChatCompletionChunk,
  index: number,
  field: PacedField,
  text: string,
): PacedChunk {
  return {
    chunk: { ...chunk, choices: [{ index, delta: { [field]: text }, finish_reason: null }] },
    chars: text.length,
  }
}
