import { describe, expect, it } from 'vitest'
import { failureKind } from '../../../src/response/errors/failure-kind.ts'
import { readVendorError } from '../../../src/response/errors/vendor-error.ts'

const kindOf = (error: object) => failureKind(readVendorError({ error }, true))

describe('failureKind', () => {
  it.each<[object, string | undefined]>([
    [{ code: 'invalid_api_key' }, 'key'],
    [{ code: 'InvalidApiKey' }, 'key'],
    [{ type: 'insufficient_quota' }, 'quota'],
    [{ code: 'context_length_exceeded', message: 'rate limit' }, 'context'],
    [{ message: 'Rate-limit reached for tokens' }, 'rate'],
    [{ message: 'The model `x` does not exist' }, 'model'],
    [{ message: 'does not exist: the model' }, undefined],
    [{ message: 'All is lost' }, undefined],
    [{ message: 'rate limit', param: 'rate' }, undefined],
    [{ message: 'prompt is too long', param: 'messages' }, 'context'],
    [{ message: `${'x'.repeat(2000)} rate limit` }, undefined],
  ])('reads %j as %s', (error, kind) => {
    expect(kindOf(error)).toBe(kind)
  })

  it('reads nothing where nothing is said', () => {
    expect(failureKind(undefined)).toBeUndefined()
  })
})
