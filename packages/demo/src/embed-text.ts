import { concepts } from './concepts.ts'

const COMMON: ReadonlySet<string> = new Set(
  'a an and are as at be by can do does for from had has have he her his how i in is it its me my of on or our she so that the their there they this to was we were what when where which who why will with you your 的 了 是 在 我 你 他 她 它 和 与 也 都 吗 呢 吧 们 这 那 有 个'.split(
    ' ',
  ),
)

const WORD = 1
const COMMON_WORD = 0.1
/**
 * All of a word's letter groups together: enough for a slip of the pen, not for a chance likeness.
 */
const LETTERS = 0.4
const CONCEPT = 0.9
const PAIR = 0.4
const MAX_WORD = 64
const UNKNOWN = '\u0000'

/**
 * A vector of length 1 for a text, or for the ids of its tokens. Words, their letter groups,
 * neighbours and meanings (from a small list of common words) are hashed into its dimensions, so
 * texts that share some are nearer than texts that share none. Scripts without blanks are read by
 * character. Only the first `maxChars` characters count. Values have 6 decimals.
 */
export function embedText(
  input: string | readonly number[],
  dimensions: number,
  maxChars: number,
): number[] {
  const features = new HashedFeatures(dimensions)
  if (typeof input === 'string')
    addText(features, input.slice(0, maxChars).normalize('NFKC').toLowerCase())
  else addTokens(features, input.slice(0, maxChars))
  return features.unitVector()
}

function addText(features: HashedFeatures, text: string): void {
  let previous = ''
  for (const [piece] of text.matchAll(
    /\p{Script=Han}|[\p{Script=Hiragana}\p{Script=Katakana}]|\p{Script=Hangul}|[\p{L}\p{M}\p{N}]+/gu,
  )) {
    const word = piece.length > MAX_WORD ? piece.slice(0, MAX_WORD) : piece
    const isCommon = COMMON.has(word)
    const stem = isCommon ? word : stemOf(word)
    features.add('w', stem, isCommon ? COMMON_WORD : WORD)
    if (!isCommon) {
      addConcepts(features, concepts.has(word) ? word : stem)
      if (word.length > 1) addLetters(features, word)
    }
    if (previous !== '') {
      features.add('p', `${previous} ${stem}`, isCommon ? COMMON_WORD : PAIR)
      // Words of two ideographs have their meaning together.
      if (word.charCodeAt(0) >= 0x2e80) addConcepts(features, previous + word)
    }
    previous = stem
  }
  if (features.isEmpty) features.add('r', text, WORD)
}

function addTokens(features: HashedFeatures, tokens: readonly number[]): void {
  let previous = UNKNOWN
  for (const token of tokens) {
    const word = String(token)
    features.add('t', word, WORD)
    features.add('p', `${previous} ${word}`, PAIR)
    previous = word
  }
}

function addConcepts(features: HashedFeatures, word: string): void {
  for (const group of concepts.get(word) ?? []) features.add('c', String(group), CONCEPT)
}

function addLetters(features: HashedFeatures, word: string): void {
  const framed = `<${word}>`
  const groups = framed.length - 2
  const weight = LETTERS / Math.sqrt(groups)
  for (let at = 0; at < groups; at++) features.add('l', framed.slice(at, at + 3), weight)
}

/** English endings taken off, so that forms of a word meet. */
function stemOf(word: string): string {
  if (word.length < 4 || word.charCodeAt(0) > 0x7f) return word
  if (word.endsWith('ies')) return `${word.slice(0, -3)}y`
  const stem = word.replace(/(?:ing|ed|es|s|ly)$/, '')
  if (stem.length < 3) return word
  return stem.replace(/([bdglmnprt])\1$/, '$1')
}

class HashedFeatures {
  readonly #sums: Float64Array
  isEmpty = true

  constructor(dimensions: number) {
    this.#sums = new Float64Array(dimensions)
  }

  add(kind: string, feature: string, weight: number): void {
    this.isEmpty = false
    let hash = 0x811c9dc5 ^ kind.charCodeAt(0)
    for (let at = 0; at < feature.length; at++)
      hash = Math.imul(hash ^ feature.charCodeAt(at), 0x01000193)
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
    hash ^= hash >>> 13
    const at = (hash >>> 1) % this.#sums.length
    // Signs let chance meetings in one dimension cancel out.
    this.#sums[at]! += (hash & 1) === 0 ? weight : -weight
  }

  unitVector(): number[] {
    let squares = 0
    for (const sum of this.#sums) squares += sum * sum
    if (squares === 0) return Array.from(this.#sums, (_sum, index) => (index === 0 ? 1 : 0))
    const length = Math.sqrt(squares)
    return Array.from(this.#sums, (sum) => Math.round((sum / length) * 1e6) / 1e6)
  }
}
