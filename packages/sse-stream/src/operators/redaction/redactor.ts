import { ApiError, checkOptions, option } from '@sluice/core'
import {
  boundedPatterns,
  type BoundedPattern,
  type PatternList,
  type PatternsInput,
} from './bounded-pattern.ts'
import { JsonContext, plainText, type TextContext } from './json-context.ts'
import { mapStrings } from './map-strings.ts'
import { PatternScanner, type ScannedText } from './pattern-scanner.ts'
import { PlainJson } from './plain-json.ts'
import { RedactionVault } from './redaction-vault.ts'
import type { TextFilter } from '../../response-form/text-filter.ts'

/** What is replaced, and by what. */
export interface RedactOptions {
  /** Texts and patterns; the keys of an object are the names that placeholders carry. */
  readonly patterns: PatternsInput
  /**
   * A fixed text, or a function of the value found. Where it throws or gives no string, the answer
   * fails.
   * @defaultValue `[name_1]`
   */
  readonly replace?: string | ((value: string, name: string) => string) | undefined
  /**
   * A pattern that could match more characters than this is refused, as so much would have to be
   * held back.
   * @defaultValue 1,024
   */
  readonly maxLength?: number | undefined
  /**
   * Remembers what was replaced, for `reidentify`.
   * @defaultValue one for each answer, forgotten with it
   */
  readonly vault?: RedactionVault | undefined
}

const RULES = {
  patterns: {
    expected: 'patterns',
    accepts: (value: unknown) => typeof value === 'string' || typeof value === 'object',
  },
  replace: {
    expected: 'a string or a function',
    accepts: (value: unknown) => typeof value === 'string' || typeof value === 'function',
  },
  maxLength: option.positive,
  vault: {
    expected: 'a RedactionVault',
    accepts: (value: unknown) => value instanceof RedactionVault,
  },
}

/** Options that have been checked; a redactor is made of them for each answer. */
export interface RedactSettings {
  readonly patterns: readonly BoundedPattern[]
  readonly replace: RedactOptions['replace']
  readonly vault: RedactionVault | undefined
}

/**
 * Checks what an operator was given.
 * @throws ConfigError `ERR_SSE_STREAM_OPTIONS`, `ERR_SSE_STREAM_PATTERN`
 */
export function redactSettings(
  operator: string,
  input: RedactOptions | PatternList,
): RedactSettings {
  const isShort = typeof input === 'string' || input instanceof RegExp || Array.isArray(input)
  const options: RedactOptions = isShort ? { patterns: input } : (input as RedactOptions)
  checkOptions(operator, 'ERR_SSE_STREAM_OPTIONS', options, RULES)
  const { patterns, replace, maxLength = 1024, vault } = options
  return { patterns: boundedPatterns(patterns ?? [], maxLength), replace, vault }
}

/**
 * Replaces what patterns match in the texts of one answer, and keeps in a vault what stood there.
 */
export class Redactor {
  readonly #patterns: readonly BoundedPattern[]
  readonly #replace: RedactOptions['replace']
  readonly #vault: RedactionVault

  constructor({ patterns, replace, vault }: RedactSettings) {
    this.#patterns = patterns
    this.#replace = replace
    this.#vault = vault ?? new RedactionVault()
  }

  /** For a text that arrives in pieces. */
  text(): TextFilter {
    return this.#scanner(plainText)
  }

  /** For JSON text that arrives in pieces; it stays JSON. */
  json(): TextFilter {
    const json = new PlainJson()
    const scanner = this.#scanner(new JsonContext())
    return {
      push: (text) => scanner.push(json.push(text)),
      end: () => scanner.push(json.end()) + scanner.end(),
    }
  }

  /**
   * For a value that is there as a whole, in a field of this name. Strings under the key
   * `arguments` are JSON.
   */
  whole(value: unknown, field = ''): unknown {
    const change = (text: string, key: string) => {
      const filter = key === 'arguments' ? this.json() : this.text()
      return filter.push(text) + filter.end()
    }
    return mapStrings(value, change, field)
  }

  #scanner(context: TextContext): PatternScanner {
    const output: ScannedText = {
      plain: (text) => {
        context.pass(text)
        return text
      },
      matched: (text, { name }) => {
        const replacement = context.write(this.#hide(context.read(text), name))
        context.pass(text)
        return replacement
      },
    }
    return new PatternScanner(this.#patterns, output)
  }

  #hide(value: string, name: string): string {
    return this.#vault.hide(value, (count) => {
      const replace = this.#replace ?? `[${name}_${count}]`
      if (typeof replace === 'string') return replace
      let replacement: unknown
      try {
        replacement = replace(value, name)
      } catch (error) {
        throw failed(error)
      }
      if (typeof replacement !== 'string')
        throw failed(new TypeError('The replacer gave no string.'))
      return replacement
    })
  }
}

function failed(cause: unknown): ApiError {
  return new ApiError('server_error', { message: 'The answer could not be redacted.', cause })
}
