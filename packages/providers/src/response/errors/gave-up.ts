import { ApiError } from '@sluice/core'

/**
 * The failure of an answer whose vendor says, in the place of a finish reason, that it did not end.
 */
export function gaveUp(word: string): ApiError {
  return new ApiError('upstream_error', {
    message: `The upstream gave its answer up (${word.slice(0, 64)}).`,
  })
}
