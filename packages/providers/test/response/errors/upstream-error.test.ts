import { describe, expect, it } from 'vitest'
import { upstreamError } from '../../../src/response/errors/upstream-error.ts'

const SECRET = 'sk-vendor-secret-key'
const shown = (status: number, body: unknown = {}, exposeAuthErrors = false) =>
  upstreamError(status, {}, body, { secrets: [SECRET], exposeAuthErrors })

describe('upstreamError', () => {
  it.each<[number, number, string]>([
    [400, 400, 'invalid_request_error'],
    [401, 502, 'upstream_auth_error'],
    [402, 402, 'insufficient_quota'],
    [403, 502, 'upstream_auth_error'],
    [404, 404, 'not_found'],
    [408, 408, 'upstream_timeout'],
    [409, 409, 'conflict'],
    [413, 413, 'request_too_large'],
    [418, 418, 'invalid_request_error'],
    [429, 429, 'rate_limit_exceeded'],
    [449, 429, 'rate_limit_exceeded'],
    [500, 500, 'upstream_error'],
    [503, 503, 'upstream_unavailable'],
    [504, 504, 'upstream_timeout'],
    [529, 503, 'upstream_unavailable'],
  ])('shows a %i without words as %i, %s', (status, as, code) => {
    expect(shown(status)).toMatchObject({ status: as, code })
  })

  it('says nothing of the words beside a refused key, not even of the key', () => {
    const error = shown(401, { error: { message: `Incorrect API key provided: ${SECRET}` } })
    expect(error.message).toBe('The upstream refused the credentials it is configured with.')
  })

  it('keeps the status and the words of a refused key where that is wished, without the key', () => {
    const error = shown(401, { error: { message: `Incorrect API key provided: ${SECRET}` } }, true)
    expect(error).toMatchObject({ status: 401, code: 'upstream_auth_error' })
    expect(error.message).toContain('Incorrect API key provided')
    expect(error.message).not.toContain(SECRET)
  })

  it.each(['code', 'param', 'message'])('shows no key in the %s of a refused request', (field) => {
    const { message, param, wireCode } = shown(400, {
      error: { message: 'bad', [field]: `x ${SECRET} y` },
    })
    expect(JSON.stringify([message, param, wireCode])).not.toContain(SECRET)
  })

  it('takes the status that stands for a vendor’s own code from the spec', () => {
    const statuses = new Map([['449', 429]])
    const options = { secrets: [], exposeAuthErrors: false, statuses }
    const error = upstreamError(200, {}, { status: '449', msg: 'x' }, options)
    expect(error).toMatchObject({ status: 429, code: 'rate_limit_exceeded' })
  })
})
