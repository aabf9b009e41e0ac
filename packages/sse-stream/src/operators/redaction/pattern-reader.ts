/**
 * What is known of a piece of a regular expression, in UTF-16 units. `Infinity` where there is no
 * bound.
 */
export interface PatternExtent {
  /** Longest text that it can match. */
  readonly length: number
  /** How far from its start it can look, lookaheads included. */
  readonly reach: number
  /** How far before its start it can look. */
  readonly behind: number
  /**
   * Source of an expression that also matches where the text ends inside a match; it may match
   * more, never less.
   */
  readonly partial: string
}

/** The end of the text, whatever the flags. */
const END = '(?![^])'
/**
 * Properties of strings (flag `v`) match more than one character; how many changes with each
 * version of Unicode.
 */
const STRING_PROPERTY = /^(?:Basic_Emoji|Emoji_Keycap_Sequence|RGI_)/

const NOTHING: PatternExtent = { length: 0, reach: 0, behind: 0, partial: '' }
/** Looks at its neighbours and takes nothing; may hold of any text that is not complete. */
const BOUNDARY: PatternExtent = { length: 0, reach: 1, behind: 1, partial: '' }

/** Reads a regular expression that `RegExp` has accepted, and says how far it can reach. */
export class PatternReader {
  readonly #source: string
  readonly #isUnicode: boolean
  readonly #hasSets: boolean
  readonly #groups = new Map<string, number>()
  #groupCount = 0
  #at = 0

  constructor(pattern: RegExp) {
    this.#source = pattern.source
    this.#hasSets = pattern.flags.includes('v')
    this.#isUnicode = pattern.unicode || this.#hasSets
  }

  read(): PatternExtent {
    return this.#alternatives()
  }

  #alternatives(): PatternExtent {
    let whole = this.#sequence()
    while (this.#take('|')) {
      const next = this.#sequence()
      whole = {
        length: Math.max(whole.length, next.length),
        reach: Math.max(whole.reach, next.reach),
        behind: Math.max(whole.behind, next.behind),
        partial: `${whole.partial}|${next.partial}`,
      }
    }
    return whole
  }

  #sequence(): PatternExtent {
    let whole = NOTHING
    while (this.#at < this.#source.length && !this.#sees('|') && !this.#sees(')')) {
      const next = this.#quantified(this.#atom())
      whole = {
        length: whole.length + next.length,
        reach: Math.max(whole.reach, whole.length + next.reach),
        behind: Math.max(whole.behind, next.behind),
        partial: whole.partial + next.partial,
      }
    }
    return whole
  }

  #quantified(atom: PatternExtent): PatternExtent {
    const [found, most] = this.#quantifier()
    if (found === '') return atom
    const times = (length: number, count: number) =>
      length === 0 || count === 0 ? 0 : length * count
    return {
      length: times(atom.length, most),
      reach: most === 0 ? 0 : times(atom.length, most - 1) + atom.reach,
      behind: atom.behind,
      partial: atom.partial === '' ? '' : `(?:${atom.partial})${found}`,
    }
  }

  #quantifier(): [source: string, most: number] {
    const [found = '', counted, least, comma, most] =
      /^(?:[*+?]|(\{(\d+)(,?)(\d*)\}))\??/.exec(this.#source.slice(this.#at)) ?? []
    this.#at += found.length
    if (counted === undefined) return [found, found.startsWith('?') ? 1 : Infinity]
    if (comma === '') return [found, Number(least)]
    return [found, most === '' ? Infinity : Number(most)]
  }

  #atom(): PatternExtent {
    if (this.#sees('(')) return this.#group()
    if (this.#take('^') || this.#take('$')) return BOUNDARY
    if (this.#sees('[')) return this.#class()
    if (this.#sees('\\')) return this.#escape()
    const source = this.#isUnicode
      ? String.fromCodePoint(this.#source.codePointAt(this.#at)!)
      : this.#source.charAt(this.#at)
    this.#at += source.length
    return this.#character(source, source === '.' && this.#isUnicode ? 2 : source.length)
  }

  #group(): PatternExtent {
    const [opening = '(', name] =
      /^\((?:\?(?:[:=!]|<[=!]|<([^>]+)>|[a-z]*-?[a-z]*:))?/.exec(this.#source.slice(this.#at)) ?? []
    this.#at += opening.length
    const isCapture = opening === '(' || name !== undefined
    const number = isCapture ? String(++this.#groupCount) : ''
    const inner = this.#alternatives()
    this.#take(')')
    if (/^\(\?<[=!]/.test(opening)) {
      return { length: 0, reach: inner.reach, behind: inner.length + inner.behind, partial: '' }
    }
    if (/^\(\?[=!]/.test(opening))
      return { length: 0, reach: inner.reach, behind: inner.behind, partial: '' }
    if (!isCapture) return { ...inner, partial: `${opening}${inner.partial})` }
    this.#groups.set(number, inner.length)
    if (name !== undefined)
      this.#groups.set(name, Math.max(inner.length, this.#groups.get(name) ?? 0))
    return { ...inner, partial: `(?:${inner.partial})` }
  }

  #class(): PatternExtent {
    const start = this.#at
    let depth = 0
    do {
      const character = this.#source[this.#at++]
      if (character === '\\') this.#at++
      else if (character === '[' && (depth === 0 || this.#hasSets)) depth++
      else if (character === ']') depth--
    } while (depth > 0 && this.#at < this.#source.length)
    const source = this.#source.slice(start, this.#at)
    const hasStrings =
      this.#hasSets &&
      (source.includes('\\q{') ||
        [...source.matchAll(/\\p\{([^}]*)/g)].some(([, name]) => STRING_PROPERTY.test(name!)))
    return this.#character(source, hasStrings ? Infinity : this.#isUnicode ? 2 : 1)
  }

  #escape(): PatternExtent {
    const rest = this.#source.slice(this.#at)
    const reference = /^\\(?:([1-9]\d*)|k<([^>]+)>)/.exec(rest)
    if (reference !== null) return this.#reference(reference[0], reference[1] ?? reference[2]!)
    const [source = rest] =
      (this.#isUnicode
        ? /^\\(?:u[Dd][89ABab][0-9A-Fa-f]{2}\\u[Dd][C-Fc-f][0-9A-Fa-f]{2}|u\{[^}]*\}|[pP]\{[^}]*\})/.exec(
            rest,
          )
        : null) ??
      /^\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|c[A-Za-z]|0[0-7]*|[^])/.exec(rest) ??
      []
    this.#at += source.length
    if (source === '\\b' || source === '\\B') return BOUNDARY
    const property = /^\\p\{([^}]*)/.exec(source)?.[1]
    if (this.#hasSets && property !== undefined && STRING_PROPERTY.test(property))
      return this.#character(source, Infinity)
    return this.#character(source, this.#isUnicode && !/^\\[dws]$/.test(source) ? 2 : 1)
  }

  /**
   * A reference to a group that has not been closed yet matches nothing; without a group it is an
   * old way to write a character.
   */
  #reference(source: string, name: string): PatternExtent {
    this.#at += source.length
    const length = this.#groups.get(name) ?? (this.#isUnicode ? 0 : source.length)
    return {
      length,
      reach: length,
      behind: 0,
      partial: Number.isFinite(length) ? `[^]{0,${length}}` : '[^]*',
    }
  }

  #character(source: string, length: number): PatternExtent {
    return { length, reach: length, behind: 0, partial: `(?:${source}|${END})` }
  }

  #sees(text: string): boolean {
    return this.#source.startsWith(text, this.#at)
  }

  #take(text: string): boolean {
    if (!this.#sees(text)) return false
    this.#at += text.length
    return true
  }
}
