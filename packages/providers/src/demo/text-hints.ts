import { typeOf, type JsonSchema } from './flat-schema.ts'

/** What a text says about values to be filled in. */
export interface TextHints {
  /** A JSON object that stands in the text. */
  readonly given: unknown
  /** The value for a property of one value; `undefined` where the text has none. Numbers and quoted texts are used up in their order. */
  readonly suggest: (name: string, schema: JsonSchema, isRequired: boolean) => unknown
}

const MAX_CHARS = 4000
const MAX_SUGGESTIONS = 64
const MAX_ENUM = 64

const NAMED_VALUE = String.raw`["'\`”]?\s*(?:=|:|：|是|为|\bis\b)\s*(?:"([^"\n]*)"|“([^”\n]*)”|'([^'\n]*)'|([^\s,;，；。)}\]]+(?: \p{Lu}[\p{L}\p{M}.'’-]*)*))`
const QUOTED = /"([^"\n]+)"|“([^”\n]+)”|「([^」\n]+)」|(?<![\p{L}\p{N}])'([^'\n]+)'(?!\p{L})/gu
const NUMBER = /(?<![\w.-])-?\d+(?:\.\d+)?(?![\w-])/g
const PROPER_NAME = /(?<=[\p{Ll}\p{N},:] )\p{Lu}[\p{L}\p{M}'’-]+(?: \p{Lu}[\p{L}\p{M}'’-]+)*/u
const PLACE = /\b(?:in|for|at|near|to|from|of|around) (\p{Lu}[\p{L}\p{M}'’-]*(?: \p{Lu}[\p{L}\p{M}'’-]*)*)/u
const PLACE_IN_CHINESE = /(?:查询|查一下|查|搜索|看看|在|去|到|问)([\p{Script=Han}]{2,6}?)(?:的|今天|明天|现在|天气|时间|[\s，。？！,.?!]|$)/u
const IS_PLACE = /city|location|place|town|country|destination|origin|region/i
const IS_WHOLE_TEXT = /^(?:q|query|question|text|input|prompt|message|content|search|keywords?|expression|topic|title)$/i
const OF_FORMAT: ReadonlyMap<unknown, RegExp> = new Map([
  ['email', /[^\s@<>"',;]{1,64}@[A-Za-z0-9.-]{1,255}[A-Za-z]/],
  ['uri', /https?:\/\/[^\s"'<>)]+/],
  ['url', /https?:\/\/[^\s"'<>)]+/],
  ['date', /\d{4}-\d\d-\d\d/],
  ['date-time', /\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)/],
])

/**
 * Reads what a text says about the arguments of a function: JSON, `name: value` and `name is value`, members of an enum, numbers, dates and addresses, quoted
 * texts, places and other proper names. `subject` is the function's name, which is no value. At most 4,000 characters are looked at.
 */
export function textHints(text: string, subject: string = ''): TextHints {
  const looked = text.slice(0, MAX_CHARS)
  const numbers = (looked.match(NUMBER) ?? []).map(Number)
  const quoted = [...looked.matchAll(QUOTED)]
    .map((match) => match.slice(1).find((group) => group !== undefined) ?? '')
    .filter((one) => one.toLowerCase() !== subject.toLowerCase())
  const rest = withoutSubject(looked, subject)
  let left = MAX_SUGGESTIONS

  const suggestText = (name: string, schema: JsonSchema, isRequired: boolean): string | undefined => {
    const form = OF_FORMAT.get(schema['format'])
    if (form !== undefined) return form.exec(looked)?.[0]
    if (IS_PLACE.test(name)) {
      const place = PLACE.exec(rest) ?? PLACE_IN_CHINESE.exec(rest)
      if (place !== null) return place[1]
    }
    if (!isRequired) return undefined
    const quote = quoted.shift()
    if (quote !== undefined) return quote
    if (IS_WHOLE_TEXT.test(name)) return rest === '' ? looked : rest
    return PROPER_NAME.exec(rest)?.[0]
  }

  return {
    given: jsonObjectIn(looked),
    suggest(name, schema, isRequired) {
      if (left-- <= 0 || looked === '') return undefined
      const values = schema['enum']
      const named = namedValue(looked, name)
      if (Array.isArray(values)) return memberNamed(values, named) ?? memberNamed(values, looked)
      const type = typeOf(schema)
      if (type === 'boolean') return booleanOf(named)
      if (type !== 'number' && type !== 'integer') return named ?? suggestText(name, schema, isRequired)
      const number = named === undefined || named === '' ? Number.NaN : Number(named)
      if (Number.isNaN(number)) return numbers.shift()
      const at = numbers.indexOf(number)
      if (at >= 0) numbers.splice(at, 1)
      return number
    },
  }
}

/** What stands behind a property's name, its underscores read as blanks too. */
function namedValue(text: string, name: string): string | undefined {
  if (name === '' || name.length > 64) return undefined
  const spelled = escapeRegExp(name).replace(/_|\\-/g, '[_ -]')
  const match = new RegExp(`(?<![\\p{L}\\p{N}_])${spelled}${NAMED_VALUE}`, 'iu').exec(text)
  if (match === null) return undefined
  return match[4]?.replace(/[.!?:]+$/, '') ?? match[1] ?? match[2] ?? match[3]
}

function memberNamed(values: readonly unknown[], text: string | undefined): unknown {
  if (text === undefined) return undefined
  const lower = text.toLowerCase()
  return values.slice(0, MAX_ENUM).find((value) => {
    const word = String(value).toLowerCase()
    const at = word === '' ? -1 : lower.indexOf(word)
    return at >= 0 && !/[\p{L}\p{N}]/u.test(`${lower[at - 1] ?? ''}`) && !/[a-z0-9]/.test(lower[at + word.length] ?? '')
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

/** The text less the function's name and the words that join it to what follows. */
function withoutSubject(text: string, subject: string): string {
  if (subject === '') return text.trim()
  const at = text.toLowerCase().indexOf(subject.toLowerCase())
  if (at < 0) return text.trim()
  const behind = text.slice(at + subject.length).replace(/^["'`”]?(?:\s+(?:tool|function|and|to|with|on)\b)*[\s:,，：]*/i, '')
  return (behind === '' ? text.slice(0, at) : behind).trim()
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')
}
