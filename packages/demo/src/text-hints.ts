import { typeOf, type JsonSchema } from './flat-schema.ts'

/** What a text says about values to be filled in. */
export interface TextHints {
  /** A JSON object that stands in the text. */
  readonly given: unknown
  /**
   * The value for a property of one value; `undefined` where the text has none. Numbers and quoted
   * texts are used up in their order.
   */
  readonly suggest: (name: string, schema: JsonSchema, isRequired: boolean) => unknown
}

const MAX_CHARS = 4000
const MAX_SUGGESTIONS = 64
const MAX_ENUM = 64

const VALUE =
  /^(?:"([^"\n]*)"|“([^”\n]*)”|'([^'\n]*)'|([^\s,;，；。)}\]]+(?: \p{Lu}[\p{L}\p{M}.'’-]*)*))/u
// Bounded, because a text of opening marks alone would be read to its end from each of them.
const QUOTED =
  /"([^"\n]{1,200})"|“([^”\n]{1,200})”|「([^」\n]{1,200})」|(?<![\p{L}\p{N}])'([^'\n]{1,200})'(?!\p{L})/gu
const NUMBER = /(?<![\w.-])-?\d+(?:\.\d+)?(?![\w-])/g
const PROPER_NAME = /(?<=[\p{Ll}\p{N},:] )\p{Lu}[\p{L}\p{M}'’-]+(?: \p{Lu}[\p{L}\p{M}'’-]+)*/u
const PLACE =
  /\b(?:[Ii]n|[Ff]or|[Aa]t|[Nn]ear|[Tt]o|[Ff]rom|[Oo]f|[Aa]round) (\p{Lu}[\p{L}\p{M}'’-]*(?: \p{Lu}[\p{L}\p{M}'’-]*)*)/u
const PLACE_IN_CHINESE =
  /(?:查询|查一下|查|搜索|看看|在|去|到|问)([\p{Script=Han}]{2,6}?)(?:的|今天|明天|现在|天气|时间|[\s，。？！,.?!]|$)/u
const IS_PLACE = /cit(?:y|ies)|location|place|town|country|destination|origin|region/i
const IS_WHOLE_TEXT =
  /^(?:q|query|question|text|input|prompt|message|content|search|keywords?|expression|topic|title)$/i
const OF_FORMAT: ReadonlyMap<unknown, RegExp> = new Map([
  ['email', /[^\s@<>"',;]{1,64}@[A-Za-z0-9.-]{1,255}[A-Za-z]/],
  ['uri', /https?:\/\/[^\s"'<>)]+/],
  ['url', /https?:\/\/[^\s"'<>)]+/],
  ['date', /\d{4}-\d\d-\d\d/],
  ['date-time', /\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)/],
])

/**
 * Reads what a text says about the arguments of a function: JSON, `name: value` and `name is
 * value`, members of an enum, numbers, dates and addresses, quoted texts, places and other proper
 * names. `subject` is the function's name, which is no value. At most 4,000 characters are looked
 * at.
 */
export function textHints(text: string, subject: string = ''): TextHints {
  const looked = text.slice(0, MAX_CHARS)
  const plain = subject === '' ? looked : looked.replaceAll(subject, ' ')
  const numbers = (plain.match(NUMBER) ?? []).map(Number)
  const quoted = [...plain.matchAll(QUOTED)]
    .map((match) => firstGroup(match).trim())
    .filter((one) => one !== '')
  const found = new Map<RegExp, string | undefined>()
  const find = (pattern: RegExp): string | undefined => {
    // A schema may ask for the same thing many times.
    if (!found.has(pattern)) {
      const match = pattern.exec(plain)
      found.set(pattern, match?.[1] ?? match?.[0])
    }
    return found.get(pattern)
  }

  const suggestText = (
    name: string,
    schema: JsonSchema,
    isRequired: boolean,
  ): string | undefined => {
    const form = OF_FORMAT.get(schema['format'] ?? name)
    if (form !== undefined) return find(form)
    const place = IS_PLACE.test(name) ? (find(PLACE) ?? find(PLACE_IN_CHINESE)) : undefined
    if (place !== undefined || !isRequired) return place
    return (
      quoted.shift() ?? (IS_WHOLE_TEXT.test(name) ? beside(looked, subject) : find(PROPER_NAME))
    )
  }

  let left = MAX_SUGGESTIONS
  return {
    given: jsonObjectIn(looked),
    suggest(name, schema, isRequired) {
      if (looked === '' || left-- <= 0) return undefined
      const values = schema['enum']
      const named = namedValue(looked, name)
      if (Array.isArray(values)) return memberNamed(values, named) ?? memberNamed(values, looked)
      const type = typeOf(schema)
      if (type === 'boolean') return booleanOf(named)
      if (type !== 'number' && type !== 'integer')
        return named ?? suggestText(name, schema, isRequired)
      const number = named === undefined || named === '' ? Number.NaN : Number(named)
      if (Number.isNaN(number)) return numbers.shift()
      const at = numbers.indexOf(number)
      if (at >= 0) numbers.splice(at, 1)
      return number
    },
  }
}

/** What stands behind a property's name and an equals sign, a colon or an “is”. */
function namedValue(text: string, name: string): string | undefined {
  if (name === '' || name.length > 64) return undefined
  const spelled = escapeRegExp(name).replace(/_|\\-/g, '[_ -]')
  const head = new RegExp(
    `(?<![\\p{L}\\p{N}_])${spelled}["'\`”]?(?:\\s*[=:：是为]\\s*|\\s+is\\s+)`,
    'iu',
  ).exec(text)
  if (head === null) return undefined
  const match = VALUE.exec(text.slice(head.index + head[0].length))
  return match === null
    ? undefined
    : firstGroup(match).replace(match[4] === undefined ? /$^/ : /[.!?:]+$/, '')
}

function firstGroup(match: RegExpMatchArray): string {
  return match.slice(1).find((group) => group !== undefined) ?? ''
}

function memberNamed(values: readonly unknown[], text: string | undefined): unknown {
  if (text === undefined) return undefined
  const lower = text.toLowerCase()
  return values.slice(0, MAX_ENUM).find((value) => {
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
      return false
    const word = String(value).toLowerCase()
    const at = word === '' ? -1 : lower.indexOf(word)
    return at >= 0 && !/[a-z0-9]/.test(`${lower[at - 1] ?? ''}${lower[at + word.length] ?? ''}`)
  })
}

function booleanOf(text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined
  if (/^(?:true|yes|on)$/i.test(text)) return true
  return /^(?:false|no|off)$/i.test(text) ? false : undefined
}

function jsonObjectIn(text: string): unknown {
  const start = text.indexOf('{')
  const end = text.lastIndexOf('}')
  if (start < 0 || end < start) return undefined
  try {
    return JSON.parse(text.slice(start, end + 1)) as unknown
  } catch {
    return undefined
  }
}

/**
 * The text behind the function's name, or else before it, less the words that join the two;
 * `undefined` where nothing is left.
 */
function beside(text: string, subject: string): string | undefined {
  const at = subject === '' ? -1 : text.toLowerCase().indexOf(subject.toLowerCase())
  const behind = text.slice(at < 0 ? 0 : at + subject.length)
  const before = text.slice(0, Math.max(0, at))
  const joined = /^["'`”]?(?:\s+(?:tool|function|and|to|with|on|for)\b)*[\s:,，：]*/i
  return [behind.replace(joined, ''), before]
    .map((part) => part.trim())
    .find((part) => /[\p{L}\p{N}]/u.test(part))
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')
}
