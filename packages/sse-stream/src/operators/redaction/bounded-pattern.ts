import { ConfigError } from '@sluice/core'
import { PatternReader } from './pattern-reader.ts'

/**
 * A pattern that can be looked for in a text that is still arriving, because it can only match so
 * much.
 */
export interface BoundedPattern {
  readonly name: string
  /** Finds matches; global. */
  readonly regex: RegExp
  /** Finds where a match may be about to begin in a text that is not complete; global. */
  readonly partial: RegExp
  /** How far from its start a match can look. */
  readonly reach: number
  /** How far before its start a match can look. */
  readonly behind: number
}

/** Patterns without names; a text stands for itself. */
export type PatternList = RegExp | string | readonly (RegExp | string)[]
/** Patterns of which each may have a name. */
export type PatternsInput = PatternList | Readonly<Record<string, RegExp | string>>

/**
 * Makes patterns fit for a text that arrives in pieces.
 *
 * @throws ConfigError `ERR_SSE_STREAM_PATTERN` for a pattern that can match, or has to see, more
 * than `maxLength` characters
 */
export function boundedPatterns(
  input: PatternsInput,
  maxLength: number,
): readonly BoundedPattern[] {
  const patterns = namedPatterns(input).map(([name, pattern]) => bound(name, pattern, maxLength))
  if (patterns.length === 0)
    throw new ConfigError('ERR_SSE_STREAM_PATTERN', 'There is no pattern to look for.')
  return patterns
}

function namedPatterns(input: PatternsInput): [name: string, pattern: RegExp | string][] {
  if (typeof input === 'string' || input instanceof RegExp) return [['redacted', input]]
  if (Array.isArray(input))
    return (input as readonly (RegExp | string)[]).map((pattern) => ['redacted', pattern])
  return Object.entries(input as Readonly<Record<string, RegExp | string>>)
}

function bound(name: string, pattern: RegExp | string, maxLength: number): BoundedPattern {
  const given =
    typeof pattern === 'string'
      ? new RegExp(pattern.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
      : pattern
  if (given.sticky) {
    throw new ConfigError(
      'ERR_SSE_STREAM_PATTERN',
      `The pattern ${String(given)} is sticky; there is no place where it would start. Leave the flag \`y\` off.`,
    )
  }
  const { length, reach, behind, partial } = new PatternReader(given).read()
  if (length === 0) {
    throw new ConfigError(
      'ERR_SSE_STREAM_PATTERN',
      `The pattern ${String(given)} can only match nothing.`,
    )
  }
  if (!(Math.max(length, reach, behind) <= maxLength)) {
    const most = Number.isFinite(reach) ? `${reach} characters` : 'any number of characters'
    throw new ConfigError(
      'ERR_SSE_STREAM_PATTERN',
      `The pattern ${String(given)} can reach over ${most}, but only ${maxLength} are held back. ` +
        'Bound it (`{1,64}` in place of `+` or `*`) or raise `maxLength`.',
    )
  }
  const flags = given.flags.replace(/[gd]/g, '')
  return {
    name,
    regex: new RegExp(given.source, `${flags}g`),
    partial: new RegExp(partial, `${flags}g`),
    reach,
    behind,
  }
}
