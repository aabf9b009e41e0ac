import type { BoundedPattern } from './bounded-pattern.ts'
import { endsInsidePair, safeCut } from '../rewrite/safe-cut.ts'
import type { TextFilter } from '../../response-form/text-filter.ts'

/** What a scanner does with the text that it lets go, piece by piece and in order. */
export interface ScannedText {
  /** What stands for text that matched nothing; mostly itself. */
  plain(text: string): string
  /** What stands for text that a pattern matched. */
  matched(text: string, pattern: BoundedPattern): string
}

interface Span {
  readonly start: number
  readonly end: number
  /** Index of the pattern. */
  readonly which: number
}

/**
 * Looks for patterns in a text that arrives in pieces, and finds what it would find in the whole
 * text. Each pattern is looked for by itself, so that nothing that any of them matches gets
 * through: where matches overlap, the rest of the later one counts as a match of its own.
 *
 * Held back is only what may be the beginning of a match, so at most `reach` characters.
 */
export class PatternScanner implements TextFilter {
  readonly #patterns: readonly BoundedPattern[]
  readonly #output: ScannedText
  /** What is held back, after what patterns may have to look back at. */
  #text = ''
  /** How much of `#text` has been let go. */
  #released = 0
  /** For each pattern, where its next match may begin. */
  readonly #from: number[]
  #spans: Span[] = []
  #halfPair = ''

  constructor(patterns: readonly BoundedPattern[], output: ScannedText) {
    this.#patterns = patterns
    this.#output = output
    this.#from = patterns.map(() => 0)
  }

  push(text: string): string {
    // Half a character would not look like the beginning of a match.
    const whole = this.#halfPair + text
    const end = endsInsidePair(whole) ? whole.length - 1 : whole.length
    this.#halfPair = whole.slice(end)
    this.#text += whole.slice(0, end)
    return this.#advance(false)
  }

  end(): string {
    this.#text += this.#halfPair
    this.#halfPair = ''
    return this.#advance(true)
  }

  #advance(isWhole: boolean): string {
    this.#patterns.forEach((pattern, which) => this.#find(pattern, which, isWhole))
    this.#spans.sort((a, b) => a.start - b.start || a.which - b.which)
    const held = isWhole ? this.#text.length : this.#heldFrom()
    const output = this.#release(held)
    this.#forget()
    return output
  }

  /**
   * Takes the matches that more text cannot change: those that see no further than what is here.
   */
  #find({ regex, reach }: BoundedPattern, which: number, isWhole: boolean): void {
    const text = this.#text
    const decided = isWhole ? text.length : text.length - reach
    let from = this.#from[which]!
    for (;;) {
      regex.lastIndex = from
      const match = regex.exec(text)
      if (match === null || match.index > decided) break
      const end = match.index + match[0].length
      if (end > match.index) this.#spans.push({ start: match.index, end, which })
      from = end > from ? end : from + (text.codePointAt(from)! > 0xffff ? 2 : 1)
    }
    this.#from[which] = Math.min(Math.max(from, decided + 1), text.length)
  }

  /** Where a match may be about to begin; what stands before can never become one. */
  #heldFrom(): number {
    let held = this.#text.length
    this.#patterns.forEach(({ partial }, which) => {
      partial.lastIndex = this.#from[which]!
      const start = partial.exec(this.#text)?.index ?? this.#text.length
      this.#from[which] = Math.max(this.#from[which]!, start)
      held = Math.min(held, start)
    })
    return held
  }

  /**
   * Lets go what stands before `held`, and matches that begin there as a whole: earlier ones cannot
   * come any more.
   */
  #release(held: number): string {
    let output = ''
    let taken = 0
    for (const { start, end, which } of this.#spans) {
      if (start >= held) break
      taken++
      if (end <= this.#released) continue
      output += this.#letGo(start)
      output += this.#output.matched(this.#text.slice(this.#released, end), this.#patterns[which]!)
      this.#released = end
    }
    this.#spans = this.#spans.slice(taken)
    return output + this.#letGo(safeCut(this.#text, held))
  }

  #letGo(until: number): string {
    if (until <= this.#released) return ''
    const text = this.#text.slice(this.#released, until)
    this.#released = until
    return this.#output.plain(text)
  }

  /** Drops what has left and no pattern will look back at. */
  #forget(): void {
    let needed = this.#released
    this.#patterns.forEach(({ behind }, which) => {
      needed = Math.min(needed, Math.max(0, this.#from[which]! - behind))
    })
    if (needed === 0) return
    this.#text = this.#text.slice(needed)
    this.#released -= needed
    this.#from.forEach((from, which) => (this.#from[which] = from - needed))
    this.#spans = this.#spans.map(({ start, end, which }) => ({
      start: start - needed,
      end: end - needed,
      which,
    }))
  }
}
