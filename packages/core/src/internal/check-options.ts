import { ConfigError } from '../errors/config-error.ts'

/** What an option may be: a test of its value and the words for it. */
export interface OptionRule {
  readonly expected: string
  readonly accepts: (value: unknown) => boolean
}

/** Rules for the common kinds of option. */
export const option = {
  string: {
    expected: 'a non-empty string',
    accepts: (value) => typeof value === 'string' && value !== '',
  },
  boolean: { expected: 'true or false', accepts: (value) => typeof value === 'boolean' },
  function: { expected: 'a function', accepts: (value) => typeof value === 'function' },
  object: {
    expected: 'an object',
    accepts: (value) => typeof value === 'object' && value !== null,
  },
  positive: {
    expected: 'a number above 0',
    accepts: (value) => typeof value === 'number' && value > 0,
  },
  count: {
    expected: 'a whole number, 0 or more',
    accepts: (value) => typeof value === 'number' && Number.isInteger(value) && value >= 0,
  },
  any: { expected: 'any value', accepts: () => true },
} as const satisfies Record<string, OptionRule>

/**
 * Checks the options of a factory when it is called. `undefined` means absent.
 *
 * @throws ConfigError `ERR_<PACKAGE>_OPTIONS` for a key that is not known, with the nearest one, or
 * a value of the wrong kind.
 */
export function checkOptions(
  factory: string,
  code: string,
  options: unknown,
  rules: Readonly<Record<string, OptionRule>>,
): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new ConfigError(
      code,
      `${factory}() takes one object of options, but got ${describe(options)}.`,
    )
  }
  for (const [key, value] of Object.entries(options)) {
    // Not by `rules[key]` alone: an option may be called `constructor`.
    const rule = Object.hasOwn(rules, key) ? rules[key] : undefined
    if (rule === undefined) {
      throw new ConfigError(
        code,
        `${factory}() has no option \`${key}\`. Did you mean \`${nearest(key, Object.keys(rules))}\`? It takes: ${Object.keys(rules).join(', ')}.`,
      )
    }
    if (value !== undefined && !rule.accepts(value)) {
      throw new ConfigError(
        code,
        `${factory}({ ${key} }) takes ${rule.expected}, but got ${describe(value)}.`,
      )
    }
  }
}

/** Says what a value is, for a message to the programmer. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return value === '' ? 'an empty string' : 'a string'
  if (typeof value === 'number') return String(value)
  if (value === null || value === undefined) return String(value)
  return Array.isArray(value)
    ? 'an array'
    : typeof value === 'object'
      ? 'an object'
      : `a ${typeof value}`
}

/** Returns the name that is written most like a given one. */
export function nearest(key: string, known: readonly string[]): string {
  const distance = (a: string, b: string) => {
    let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
    for (let i = 1; i <= a.length; i++) {
      const row = [i]
      for (let j = 1; j <= b.length; j++) {
        row[j] = Math.min(
          row[j - 1]! + 1,
          previous[j]! + 1,
          previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1),
        )
      }
      previous = row
    }
    return previous[b.length]!
  }
  return known.toSorted((a, b) => distance(key, a) - distance(key, b))[0] ?? ''
}
