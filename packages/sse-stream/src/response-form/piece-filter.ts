import type { TextFilter } from './text-filter.ts'

/**
 * A text that is told in pieces with nothing between them, as words and segments of a transcription
 * are: where neither side has a space, one is thought between.
 */
export class PieceFilter implements TextFilter {
  readonly #filter: TextFilter
  #endsInSpace = true

  constructor(filter: TextFilter) {
    this.#filter = filter
  }

  push(text: string): string {
    const needsSpace = text !== '' && !this.#endsInSpace && !/^\s/.test(text)
    const after = this.#filter.push(needsSpace ? ` ${text}` : text)
    if (text !== '') this.#endsInSpace = /\s$/.test(text)
    return needsSpace && after.startsWith(' ') ? after.slice(1) : after
  }

  end(): string {
    return this.#filter.end()
  }
}
