import { ApiError, errorCodes, type ErrorCode } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { verdictOf } from '../src/verdict-of.ts'

const again = { tryNextTarget: true, repeats: Infinity, health: 'failure' }
const onceMore = { tryNextTarget: true, repeats: 1, health: 'failure' }
const limited = { tryNextTarget: true, repeats: Infinity, health: 'throttled' }
const ownFault = { tryNextTarget: true, repeats: 0, health: 'unknown' }
const requestFault = { tryNextTarget: false, repeats: 0, health: 'success' }

const EXPECTED: Record<ErrorCode, object> = {
  invalid_api_key: ownFault,
  insufficient_quota: { tryNextTarget: true, repeats: 0, health: 'throttled' },
  model_not_found: requestFault,
  invalid_request_error: requestFault,
  server_error: again,
  rate_limit_exceeded: limited,
  body_already_consumed: requestFault,
  context_length_exceeded: requestFault,
  json_too_deep: requestFault,
  invalid_value: requestFault,
  unsupported_parameter: requestFault,
  not_found: requestFault,
  unsupported_endpoint: ownFault,
  method_not_supported: requestFault,
  request_timeout: onceMore,
  conflict: { tryNextTarget: true, repeats: Infinity, health: 'success' },
  request_too_large: requestFault,
  unsupported_content_type: requestFault,
  upgrade_required: requestFault,
  client_closed_request: { tryNextTarget: false, repeats: 0, health: 'unknown' },
  upstream_auth_error: ownFault,
  upstream_unreachable: again,
  upstream_invalid_response: again,
  upstream_empty_response: again,
  upstream_empty_stream: again,
  upstream_error: again,
  upstream_timeout: onceMore,
  stream_incomplete: again,
  upstream_unavailable: again,
  overloaded: { tryNextTarget: true, repeats: Infinity, health: 'unknown' },
}

describe('verdictOf', () => {
  it.each(Object.keys(errorCodes) as ErrorCode[])('knows what %s means', (code) => {
    expect(verdictOf(new ApiError(code, { message: 'x' }))).toEqual(EXPECTED[code])
  })

  it.each([
    [400, requestFault],
    [401, ownFault],
    [402, EXPECTED.insufficient_quota],
    [403, ownFault],
    [404, requestFault],
    [408, onceMore],
    [409, EXPECTED.conflict],
    [413, requestFault],
    [418, requestFault],
    [422, requestFault],
    [429, limited],
    [500, again],
    [503, again],
    [599, again],
  ])('goes by the status %i where the code says nothing', (status, verdict) => {
    expect(verdictOf(new ApiError('invalid_request_error', { message: 'x', status }))).toEqual(
      verdict,
    )
  })

  it("does not take a vendor's 408 for a fault of the request", () => {
    expect(verdictOf(new ApiError('upstream_timeout', { message: 'x', status: 408 }))).toEqual(
      onceMore,
    )
  })
})
