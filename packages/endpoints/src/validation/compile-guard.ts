import { wordTable } from '@sluice/core/internal'
import type { z } from 'zod'

/**
 * Tells a value that surely satisfies a schema. What it does not know it denies: only the schema
 * itself can tell what is wrong.
 */
export type Guard = (value: unknown) => boolean

/** What zod keeps of a schema or of a check, as far as it is read here. */
type Definition = z.core.$ZodTypeDef & Readonly<Record<string, unknown>>
type Schema = z.core.$ZodType
type Check = z.core.$ZodCheck

/**
 * Derives from a schema a test that makes no objects, for the common case that nothing is wrong:
 * zod wraps every value and copies every object that it looks at. Forms that it has no rule for,
 * such as transforms and records, are never recognised.
 */
export function compileGuard(schema: Schema): Guard {
  const def = schema._zod.def as unknown as Definition
  const form = def['coerce'] === true ? undefined : FORMS.get(def.type)?.(def)
  if (form === undefined) return denied
  // A schema of a format, such as an integer, is the first check of itself.
  const own = def['check'] === undefined ? [] : [schema as unknown as Check]
  const checks = [...own, ...((def.checks ?? []) as readonly Check[])].map(plainCheck)
  if (checks.length === 0) return form
  return (value) => {
    if (!form(value)) return false
    for (const check of checks) if (!check(value)) return false
    return true
  }
}

function denied(): boolean {
  return false
}

const FORMS = wordTable<(def: Definition) => Guard>({
  string: () => (value) => typeof value === 'string',
  boolean: () => (value) => typeof value === 'boolean',
  number: () => (value) => Number.isFinite(value),
  unknown: () => () => true,
  // What it asks is its own check.
  custom: () => () => true,
  enum: ({ entries }) => oneOf(Object.values(entries as Readonly<Record<string, unknown>>)),
  literal: ({ values }) => oneOf(values as readonly unknown[]),
  optional: (def) => orElse(undefined, inner(def)),
  nullable: (def) => orElse(null, inner(def)),
  union: ({ options }) => union((options as readonly Schema[]).map(compileGuard)),
  array: ({ element }) => list(compileGuard(element as Schema)),
  object: ({ shape, catchall }) => {
    const rest = (catchall as Schema | undefined)?._zod.def.type
    return rest === 'unknown' ? object(shape as Readonly<Record<string, Schema>>) : denied
  },
})

function inner({ innerType }: Definition): Guard {
  return compileGuard(innerType as Schema)
}

function oneOf(values: readonly unknown[]): Guard {
  return (value) => values.includes(value)
}

function orElse(nothing: null | undefined, form: Guard): Guard {
  return (value) => value === nothing || form(value)
}

/** Of alternatives told apart by a member too: a value has the form of one of them at most. */
function union(forms: readonly Guard[]): Guard {
  return (value) => {
    for (const form of forms) if (form(value)) return true
    return false
  }
}

function list(item: Guard): Guard {
  return (value) => {
    if (!Array.isArray(value)) return false
    for (let at = 0; at < value.length; at++) if (!item(value[at])) return false
    return true
  }
}

/**
 * Members are few beside those that there could be, so the value's own are gone through and not the
 * schema's.
 */
function object(shape: Readonly<Record<string, Schema>>): Guard {
  const forms = new Map(Object.keys(shape).map((name) => [name, compileGuard(shape[name]!)]))
  const needed = [...forms].filter(([, form]) => !form(undefined)).map(([name]) => name)
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
    const members = value as Readonly<Record<string, unknown>>
    for (const name in members) if (forms.get(name)?.(members[name]) === false) return false
    for (let at = 0; at < needed.length; at++) if (members[needed[at]!] === undefined) return false
    return true
  }
}

function plainCheck(check: Check): Guard {
  const def = check._zod.def as unknown as Definition
  return CHECKS.get(def['check'] as string)?.(def) ?? denied
}

const CHECKS = wordTable<(def: Definition) => Guard>({
  greater_than: ({ value: limit, inclusive }) => {
    const least = limit as number
    return inclusive === true
      ? (value) => (value as number) >= least
      : (value) => (value as number) > least
  },
  less_than: ({ value: limit, inclusive }) => {
    const most = limit as number
    return inclusive === true
      ? (value) => (value as number) <= most
      : (value) => (value as number) < most
  },
  number_format: ({ format }) => (format === 'safeint' ? Number.isSafeInteger : denied),
  // zod counts characters, of which two units may make one: a text of two units for each is surely
  // long enough.
  min_length: ({ minimum }) => {
    const least = minimum as number
    return (value) => {
      const { length } = value as string | readonly unknown[]
      return length >= (typeof value === 'string' && least > 1 ? 2 * least : least)
    }
  },
  max_length: ({ maximum }) => {
    const most = maximum as number
    return (value) => (value as string | readonly unknown[]).length <= most
  },
  string_format: ({ format, pattern }) => {
    const expression = pattern as RegExp
    return format === 'regex' &&
      expression.lastIndex === 0 &&
      !expression.global &&
      !expression.sticky
      ? (value) => expression.test(value as string)
      : denied
  },
  custom: ({ fn }) => (typeof fn === 'function' ? (value) => fn(value) === true : denied),
})
