import { describe, expect, it } from 'vitest'
import { ApiError, errorCodes, type ErrorCode } from '@sluice/core'
import { scrubSecrets } from '@sluice/core/internal'

describe('ApiError', () => {
  it.each(Object.keys(errorCodes) as ErrorCode[])('has the status and shape of %s', (code) => {
    const error = new ApiError(code, { message: 'm', param: 'p' })
    expect(error.status).toBe(errorCodes[code].status)
    expect(error.toBody()).toEqual({
      error: { message: 'm', type: errorCodes[code].type, param: 'p', code },
    })
  })

  it('lists the manuals’ codes with the manuals’ statuses', () => {
    const table = {
      invalid_api_key: 401,
      insufficient_quota: 429,
      model_not_found: 404,
      invalid_request_error: 400,
    }
    for (const [code, status] of Object.entries({
      ...table,
      server_error: 500,
      rate_limit_exceeded: 429,
    })) {
      expect(errorCodes[code as ErrorCode].status).toBe(status)
    }
  })

  it('says nothing of an unknown cause', () => {
    const error = ApiError.from(new Error('connect to 10.0.0.1 with sk-secret failed'))
    expect(JSON.stringify(error.toBody())).not.toMatch(/10\.0|sk-secret/)
    expect(error.status).toBe(500)
    expect(ApiError.from(error)).toBe(error)
  })

  it('tells how long to wait in both headers, and not to retry after more than a minute', () => {
    expect(
      new ApiError('rate_limit_exceeded', { message: 'm', retryAfterMs: 1250 }).toHeaders(),
    ).toEqual({
      'retry-after': '2',
      'retry-after-ms': '1250',
    })
    expect(
      new ApiError('rate_limit_exceeded', { message: 'm', retryAfterMs: 90_000 }).toHeaders(),
    ).toMatchObject({
      'x-should-retry': 'false',
    })
    expect(new ApiError('insufficient_quota', { message: 'm' }).toHeaders()).toEqual({
      'x-should-retry': 'false',
    })
  })
})

describe('scrubSecrets', () => {
  it.each([
    ['Incorrect API key provided: sk-proj-abcdefghijklmnop1234. Try', /sk-proj-abc/],
    ['header Authorization: Bearer abc.def.ghi was refused', /abc\.def/],
    ['GET http://internal.host:8080/path?key=AIzaSyD-123456 failed', /internal|AIza/],
    ['dial tcp 10.1.2.3:443: refused', /10\.1\.2\.3/],
    ['the key hunter22 is wrong', /hunter22/],
  ])('hides what is secret in %j', (text, secret) => {
    expect(scrubSecrets(text, ['hunter22'])).not.toMatch(secret)
  })

  it('keeps the words around it', () => {
    expect(
      scrubSecrets('Incorrect API key provided: sk-proj-abcdefghijklmnop1234. Try again'),
    ).toBe('Incorrect API key provided: [redacted]. Try again')
  })
})
