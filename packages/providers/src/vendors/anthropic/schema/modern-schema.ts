import { isObject, type Json } from '../json.ts'
import { isValidKeyword } from './valid-keywords.ts'

/** Keywords that draft 2020-12 has other words for, or none. */
const OUTDATED: ReadonlySet<string> = new Set([
  '$id',
  '$recursiveAnchor',
  '$recursiveRef',
  'additionalItems',
  'definitions',
  'dependencies',
  'divisibleBy',
  'id',
  'nullable',
])

/** Whether a keyword is said in the way of an older draft, or of OpenAPI. */
export function isOutdated(keyword: string, value: unknown): boolean {
  switch (keyword) {
    case 'items':
      return Array.isArray(value)
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return typeof value === 'boolean'
    case '$schema':
      return typeof value !== 'string' || !value.includes('2020-12')
    case 'properties':
      return isObject(value) && Object.values(value).some(saysRequired)
    default:
      return OUTDATED.has(keyword)
  }
}

/** Whether a property says itself that it is required. */
export function saysRequired(property: unknown): boolean {
  return isObject(property) && property['required'] === true
}

/** A schema's own keywords in the words of draft 2020-12; the schemas inside are as they were. */
export function modernSchema(schema: Json, isRoot: boolean): Json {
  const modern: Record<string, unknown> = { ...schema }
  modernLimits(modern)
  modernLists(modern)
  modernDefinitions(modern)
  modernIds(modern, isRoot)
  // The vendor reads every schema as one of its own draft.
  if (isOutdated('$schema', modern['$schema'])) delete modern['$schema']
  if (modern['nullable'] === true) allowNull(modern)
  delete modern['nullable']
  return modern
}

function modernLimits(schema: Record<string, unknown>): void {
  for (const [exclusive, inclusive] of [
    ['exclusiveMinimum', 'minimum'],
    ['exclusiveMaximum', 'maximum'],
  ] as const) {
    const given = schema[exclusive]
    if (typeof given !== 'boolean') continue
    delete schema[exclusive]
    if (!given || schema[inclusive] === undefined) continue
    schema[exclusive] = schema[inclusive]
    delete schema[inclusive]
  }
  const step = schema['divisibleBy']
  if (step !== undefined && isValidKeyword('multipleOf', step)) schema['multipleOf'] ??= step
  delete schema['divisibleBy']
}

/** A tuple stood in `items`, and what follows it in `additionalItems`. */
function modernLists(schema: Record<string, unknown>): void {
  const { items, additionalItems: further } = schema
  if (Array.isArray(items)) {
    delete schema['items']
    if (items.length > 0) schema['prefixItems'] = items
    if (further !== undefined) schema['items'] = further
  }
  delete schema['additionalItems']
}

function modernDefinitions(schema: Record<string, unknown>): void {
  const { definitions, dependencies } = schema
  delete schema['definitions']
  delete schema['dependencies']
  if (isObject(definitions)) schema['$defs'] = { ...definitions, ...mapOf(schema['$defs']) }
  if (!isObject(dependencies)) return
  const entries = Object.entries(dependencies)
  for (const [keyword, isOfNames] of [
    ['dependentRequired', true],
    ['dependentSchemas', false],
  ] as const) {
    const own = entries.filter(([, needed]) => Array.isArray(needed) === isOfNames)
    if (own.length === 0) continue
    schema[keyword] = { ...Object.fromEntries(own), ...mapOf(schema[keyword]) }
  }
}

/** An id inside the schema would lead the references in it astray, but for a mere anchor. */
function modernIds(schema: Record<string, unknown>, isRoot: boolean): void {
  const id = schema['$id'] ?? schema['id']
  for (const gone of ['$id', 'id', '$recursiveAnchor']) delete schema[gone]
  if (schema['$recursiveRef'] === '#') schema['$ref'] ??= '#'
  delete schema['$recursiveRef']
  if (typeof id !== 'string') return
  const anchor = /^#([A-Za-z_][A-Za-z0-9._-]*)$/.exec(id)?.[1]
  if (anchor !== undefined) schema['$anchor'] = anchor
  else if (isRoot && /^[^#\s]+#?$/.test(id)) schema['$id'] = id
}

/** OpenAPI's `nullable`, in the words of the standard. */
function allowNull(schema: Record<string, unknown>): void {
  const { type, enum: choices, $ref: reference } = schema
  if (typeof type === 'string' && type !== 'null') schema['type'] = [type, 'null']
  else if (Array.isArray(type)) schema['type'] = [...new Set([...(type as unknown[]), 'null'])]
  if (Array.isArray(choices) && !choices.includes(null)) {
    schema['enum'] = [...(choices as unknown[]), null]
  }
  const union = ['anyOf', 'oneOf'].find((keyword) => Array.isArray(schema[keyword]))
  if (union !== undefined) schema[union] = [...(schema[union] as unknown[]), { type: 'null' }]
  else if (reference !== undefined) {
    delete schema['$ref']
    schema['anyOf'] = [{ $ref: reference }, { type: 'null' }]
  }
}

function mapOf(value: unknown): Json {
  return isObject(value) ? value : {}
}
