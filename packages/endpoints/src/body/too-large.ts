import { ApiError } from '@sluice/core'

/** The 413 for a body beyond `maxBodyBytes`. */
export function tooLarge(maxBodyBytes: number): ApiError {
  return new ApiError('request_too_large', {
    message: `The request body is larger than ${maxBodyBytes} bytes.`,
    headers: { connection: 'close' },
  })
}
