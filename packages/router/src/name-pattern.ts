/**
 * A model name in which each `*` stands for any text, also for none: to be matched as a route's
 * name, or filled in as the name to ask for. Matching looks for the literals from left to right and
 * never goes back, so that no name can make it slow.
 */
export class NamePattern {
  readonly text: string
  /** What stands around the wildcards; one more than there are of them. */
  readonly #literals: readonly string[]

  constructor(text: string) {
    this.text = text
    this.#literals = text.split('*')
  }

  get wildcards(): number {
    return this.#literals.length - 1
  }

  /** What each wildcard stands for in a name, or `undefined` where the name does not fit. */
  match(name: string): readonly string[] | undefined {
    const literals = this.#literals
    const first = literals[0]!
    if (literals.length === 1) return name === first ? [] : undefined
    const last = literals[literals.length - 1]!
    const end = name.length - last.length
    if (end < first.length || !name.startsWith(first) || !name.endsWith(last)) return undefined
    const matched: string[] = []
    let at = first.length
    for (let index = 1; index < literals.length - 1; index++) {
      const literal = literals[index]!
      const found = name.indexOf(literal, at)
      if (found < 0 || found + literal.length > end) return undefined
      matched.push(name.slice(at, found))
      at = found + literal.length
    }
    matched.push(name.slice(at, end))
    return matched
  }

  /** The name with its wildcards replaced, in their order. */
  fill(matched: readonly string[]): string {
    let name = this.#literals[0]!
    for (let index = 1; index < this.#literals.length; index++)
      name += (matched[index - 1] ?? '') + this.#literals[index]!
    return name
  }

  /**
   * Orders patterns, the one to be tried first in front: no wildcard, then the longest literal
   * beginning, then the most literal text, then the fewest wildcards.
   */
  static compare(a: NamePattern, b: NamePattern): number {
    if (a.wildcards === 0 || b.wildcards === 0)
      return Math.sign(a.wildcards) - Math.sign(b.wildcards)
    const literal = (pattern: NamePattern) => pattern.text.length - pattern.wildcards
    return (
      b.#literals[0]!.length - a.#literals[0]!.length ||
      literal(b) - literal(a) ||
      a.wildcards - b.wildcards
    )
  }
}
