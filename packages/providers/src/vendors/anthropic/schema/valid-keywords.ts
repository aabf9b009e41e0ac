import { isObject } from '../json.ts'

/** Whether a keyword's value is what draft 2020-12 wants; the vendor refuses all tools for one. */
type Check = (value: unknown) => boolean

const isText: Check = (value) => typeof value === 'string'
const isNumber: Check = (value) => typeof value === 'number'
const isTruth: Check = (value) => typeof value === 'boolean'
const isAnchor: Check = (value) =>
  typeof value === 'string' && /^[A-Za-z_][-A-Za-z0-9._]*$/.test(value)
const isCount: Check = (value) => Number.isInteger(value) && (value as number) >= 0

const CHECKS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ...['title', 'description', 'format', 'pattern', '$comment', '$ref', '$schema'].map(
    (keyword) => [keyword, isText] as const,
  ),
  ...['contentEncoding', 'contentMediaType', '$dynamicRef'].map(
    (keyword) => [keyword, isText] as const,
  ),
  ...['$anchor', '$dynamicAnchor'].map((keyword) => [keyword, isAnchor] as const),
  ['$vocabulary', (value) => isObject(value) && Object.values(value).every(isTruth)],
  ...['maximum', 'minimum', 'exclusiveMaximum', 'exclusiveMinimum'].map(
    (keyword) => [keyword, isNumber] as const,
  ),
  ['multipleOf', (value) => typeof value === 'number' && value > 0],
  ...['Length', 'Items', 'Properties', 'Contains'].flatMap((what) => [
    [`max${what}`, isCount] as const,
    [`min${what}`, isCount] as const,
  ]),
  ...['uniqueItems', 'readOnly', 'writeOnly', 'deprecated'].map(
    (keyword) => [keyword, isTruth] as const,
  ),
  ['enum', Array.isArray],
  ['examples', Array.isArray],
])

/** Whether a keyword may stand with this value; one that is not known says nothing and may. */
export function isValidKeyword(keyword: string, value: unknown): boolean {
  return CHECKS.get(keyword)?.(value) ?? true
}

const TYPES: ReadonlySet<unknown> = new Set([
  'array',
  'boolean',
  'integer',
  'null',
  'number',
  'object',
  'string',
])

/** Types as other languages and vendors call them. */
const OTHER_WORDS: ReadonlyMap<string, string> = new Map([
  ['bool', 'boolean'],
  ['dict', 'object'],
  ['double', 'number'],
  ['float', 'number'],
  ['int', 'integer'],
  ['list', 'array'],
  ['none', 'null'],
  ['str', 'string'],
])

/** A `type` as the standard has it, itself where it is right; `undefined` where it says nothing. */
export function standardType(type: unknown): unknown {
  if (TYPES.has(type)) return type
  const given: readonly unknown[] = Array.isArray(type) ? (type as unknown[]) : [type]
  const known = new Set(given.map(standardWord).filter((word) => word !== undefined))
  if (known.size === 0) return undefined
  if (
    Array.isArray(type) &&
    known.size === given.length &&
    given.every((word) => TYPES.has(word))
  ) {
    return type
  }
  return known.size > 1 ? [...known] : [...known][0]
}

function standardWord(word: unknown): string | undefined {
  if (typeof word !== 'string') return undefined
  const lower = word.toLowerCase()
  return TYPES.has(lower) ? lower : OTHER_WORDS.get(lower)
}
