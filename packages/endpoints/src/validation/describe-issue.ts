import { wordTable } from '@sluice/core/internal'
import type { z } from 'zod'
import { printable } from './field-path.ts'

type Issue = z.core.$ZodIssue

const MAX_QUOTED = 40

const KINDS = wordTable<string>({
  array: 'an array',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'an object',
  record: 'an object',
  string: 'a string',
})

/**
 * What a schema finds wrong with a value, in words that do not depend on the language that the host
 * gave to zod. Quotes at most 40 characters of it.
 */
export function describeIssue(issue: Issue, value: unknown): string {
  if (value === undefined && issue.code !== 'custom') return 'this parameter is required'
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${kindOf(issue.expected)}, but got ${describe(value)}`
    case 'invalid_value':
      return `expected ${oneOf(issue.values)}, but got ${describe(value)}`
    case 'too_big':
      return bound('at most', issue.maximum, value)
    case 'too_small':
      return bound('at least', issue.minimum, value)
    case 'invalid_union':
      return `expected ${alternatives(issue)}, but got ${describe(value)}`
    default: {
      const said = issue.message.replace(/^Expected/, 'expected').replace(/\.$/, '')
      return typeof value === 'string' || typeof value === 'number'
        ? `${said}, but got ${describe(value)}`
        : said
    }
  }
}

/** What would have been right: the names that tell the alternatives apart, or their types. */
function alternatives({
  options,
  errors,
}: {
  readonly options?: readonly unknown[]
  readonly errors: readonly Issue[][]
}): string {
  if (options !== undefined && options.length > 0) return oneOf(options)
  const kinds = errors.flatMap(([first]) =>
    first?.code === 'invalid_type' ? [kindOf(first.expected)] : [],
  )
  return kinds.length === 0 ? 'another type' : [...new Set(kinds)].join(' or ')
}

function kindOf(expected: string): string {
  return KINDS.get(expected) ?? expected
}

function bound(side: string, limit: number | bigint, value: unknown): string {
  if (typeof value === 'string')
    return `expected ${side} ${limit} ${limit === 1 ? 'character' : 'characters'}, but got ${value.length}`
  if (Array.isArray(value))
    return `expected ${side} ${limit} ${limit === 1 ? 'item' : 'items'}, but got ${value.length}`
  return `expected ${side} ${limit}, but got ${describe(value)}`
}

function oneOf(values: readonly unknown[]): string {
  const named = values.map((value) => (typeof value === 'string' ? `'${value}'` : String(value)))
  return named.length === 1 ? named[0]! : `one of ${named.join(', ')}`
}

function describe(value: unknown): string {
  if (typeof value === 'string') return `'${printable(value, MAX_QUOTED)}'`
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}
