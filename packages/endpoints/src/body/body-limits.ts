import { ApiError } from '@sluice/core'
import { fieldPath } from '../validation/field-path.ts'

/**
 * How much structure a JSON body may have, whatever its length. Parsing costs up to a microsecond
 * for each of these and nothing else stops it once begun; at these bounds it stays below 50 ms.
 * They leave room for 4,096 messages with tool calls, and for as many token ids as OpenAI embeds at
 * once.
 */
export const bodyLimits = {
  /**
   * Arrays and objects inside each other. Serialisers recurse, and overflow far below what
   * JSON.parse takes.
   */
  depth: 64,
  /** Members of one object. */
  members: 1024,
  /** Characters of one member's name. */
  nameLength: 1024,
  /**
   * Members of all objects together with all strings, arrays and objects that are items of arrays.
   */
  values: 50_000,
  /** Numbers and other literals that are items of arrays. */
  numbers: 300_000,
} as const

/** What a body has too much of. */
export type BodyLimit = keyof typeof bodyLimits

const SAYS: Readonly<Record<BodyLimit, string>> = {
  depth: `The request body is nested more than ${bodyLimits.depth} levels deep`,
  members: `An object of the request body has more than ${bodyLimits.members} members`,
  nameLength: `An object of the request body has a member whose name is longer than ${bodyLimits.nameLength} characters`,
  values: `The request body holds more than ${bodyLimits.values} values`,
  numbers: `The request body holds more than ${bodyLimits.numbers} numbers`,
}

/** The 400 for a body beyond a limit, found at `path`. */
export function beyondLimit(limit: BodyLimit, path: readonly PropertyKey[]): ApiError {
  // So deep down, only the parameter that holds it all tells anything.
  const param = fieldPath(limit === 'depth' ? path.slice(0, 1) : path)
  const message = `${SAYS[limit]}${param === null ? '' : `, at '${param}'`}.`
  return new ApiError(limit === 'depth' ? 'json_too_deep' : 'invalid_request_error', {
    message,
    param,
  })
}
