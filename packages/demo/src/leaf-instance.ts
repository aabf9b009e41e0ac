import { typeOf, type JsonSchema } from './flat-schema.ts'

const MAX_LENGTH = 10_000
const MAX_ENUM = 256

/**
 * Formats of strings: an example that differs by its number, and a rough test for values from
 * elsewhere.
 */
const FORMATS: ReadonlyMap<unknown, readonly [(ordinal: number) => string, RegExp]> = new Map([
  ['date-time', [(n: number) => `2025-01-01T${two(n % 24)}:00:00Z`, /^\d{4}-\d\d-\d\dT\d\d:\d\d/]],
  ['date', [(n: number) => `2025-01-${two((n % 28) + 1)}`, /^\d{4}-\d\d-\d\d$/]],
  ['time', [(n: number) => `${two(n % 24)}:00:00Z`, /^\d\d:\d\d/]],
  ['duration', [(n: number) => `P${n + 1}D`, /^P\S+$/]],
  ['email', [(n: number) => `demo${suffix(n)}@example.com`, /^[^\s@]+@[^\s@]+$/]],
  ['hostname', [(n: number) => `demo${suffix(n)}.example.com`, /^[A-Za-z0-9.-]+$/]],
  ['uri', [(n: number) => `https://example.com/${suffix(n)}`, /^[a-z]+:\S+$/]],
  ['url', [(n: number) => `https://example.com/${suffix(n)}`, /^[a-z]+:\S+$/]],
  [
    'uuid',
    [
      (n: number) => `00000000-0000-4000-8000-${String(n + 1).padStart(12, '0')}`,
      /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
    ],
  ],
  ['ipv4', [(n: number) => `192.0.2.${(n % 254) + 1}`, /^\d+(\.\d+){3}$/]],
  ['ipv6', [(n: number) => `2001:db8::${(n + 1).toString(16)}`, /^[0-9a-f:]+$/i]],
])

/**
 * A value for a schema of a single value: string, number, integer, boolean, null. `ordinal` counts
 * the items of a list, so that they differ; `name` is the property's. Strings of more than 10,000
 * characters are not made, and `pattern` is not followed.
 */
export function leafInstance(schema: JsonSchema, name: string, ordinal: number): unknown {
  if (Object.hasOwn(schema, 'const')) return schema['const']
  const values = schema['enum']
  if (Array.isArray(values) && values.length > 0) return values[ordinal % values.length] as unknown
  switch (typeOf(schema)) {
    case 'null':
      return null
    case 'boolean':
      return ordinal % 2 === 0
    case 'number':
      return numberInstance(schema, stepOf(schema), ordinal)
    case 'integer':
      return numberInstance(schema, Math.max(1, stepOf(schema) ?? 1), ordinal)
    default:
      return stringInstance(schema, name, ordinal)
  }
}

/** Whether a value from elsewhere may stand for such a schema. */
export function fitsLeaf(schema: JsonSchema, value: unknown): boolean {
  if (value === undefined) return false
  if (Object.hasOwn(schema, 'const')) return value === schema['const']
  const values = schema['enum']
  if (Array.isArray(values)) return values.slice(0, MAX_ENUM).includes(value)
  const type = typeOf(schema)
  if (type === 'null') return value === null
  if (type === 'boolean') return typeof value === 'boolean'
  if (type === 'number' || type === 'integer') {
    if (typeof value !== 'number' || (type === 'integer' && !Number.isInteger(value))) return false
    const step = stepOf(schema)
    const { low, high, lowIsOut, highIsOut } = range(schema)
    if (value < low || value > high || (lowIsOut && value === low) || (highIsOut && value === high))
      return false
    return step === undefined || Number.isInteger(value / step)
  }
  if (typeof value !== 'string') return false
  const form = FORMATS.get(schema['format'])
  return (
    value.length >= minLength(schema) &&
    value.length <= maxLength(schema) &&
    (form === undefined || form[1].test(value))
  )
}

function numberInstance(schema: JsonSchema, step: number | undefined, ordinal: number): number {
  const { low, high, lowIsOut, highIsOut } = range(schema)
  const wanted = ordinal + 1
  if (step === undefined) {
    if (wanted > low && wanted < high) return wanted
    if (low === -Infinity)
      return high === Infinity ? wanted : highIsOut ? high - wanted : high - ordinal
    if (high === Infinity) return lowIsOut ? low + wanted : low + ordinal
    if (ordinal === 0 && !lowIsOut) return low
    return low + ((high - low) * wanted) / (wanted + 1)
  }
  let first =
    Math.ceil(
      (low === -Infinity ? Math.min(step, high) : Math.max(low, Math.min(step, high))) / step,
    ) * step
  if (lowIsOut && first === low) first += step
  const value = first + ordinal * step
  if (value < high || (value === high && !highIsOut)) return value
  const last = Math.floor(high / step) * step
  return highIsOut && last === high ? last - step : last
}

function stringInstance(schema: JsonSchema, name: string, ordinal: number): string {
  const form = FORMATS.get(schema['format'])
  const text =
    form === undefined
      ? `demo${name === '' ? '' : ` ${name}`}${ordinal === 0 ? '' : ` ${ordinal + 1}`}`
      : form[0](ordinal)
  const longest = Math.min(maxLength(schema), MAX_LENGTH)
  if (text.length > longest)
    return ordinal === 0 ? text.slice(0, longest) : String(ordinal + 1).slice(-longest)
  return text.padEnd(Math.min(minLength(schema), longest), ' demo')
}

interface NumberRange {
  readonly low: number
  readonly high: number
  readonly lowIsOut: boolean
  readonly highIsOut: boolean
}

/**
 * The bounds of a number; `exclusiveMinimum: true` is draft 4's way of saying that `minimum` is
 * out.
 */
function range(schema: JsonSchema): NumberRange {
  const low = count(schema['minimum']) ?? -Infinity
  const high = count(schema['maximum']) ?? Infinity
  const above = count(schema['exclusiveMinimum']) ?? -Infinity
  const below = count(schema['exclusiveMaximum']) ?? Infinity
  return {
    low: Math.max(low, above),
    high: Math.min(high, below),
    lowIsOut: above >= low ? above !== -Infinity : schema['exclusiveMinimum'] === true,
    highIsOut: below <= high ? below !== Infinity : schema['exclusiveMaximum'] === true,
  }
}

function stepOf(schema: JsonSchema): number | undefined {
  const step = count(schema['multipleOf'])
  return step !== undefined && step > 0 ? step : undefined
}

function minLength(schema: JsonSchema): number {
  return count(schema['minLength']) ?? 0
}

function maxLength(schema: JsonSchema): number {
  return Math.max(0, count(schema['maxLength']) ?? Infinity)
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}

function suffix(ordinal: number): string {
  return ordinal === 0 ? '' : String(ordinal + 1)
}
