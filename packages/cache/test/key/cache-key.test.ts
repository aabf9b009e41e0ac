import { call, type CallOptions } from '@sluice/core'
import type { ChatCompletionCreateParams } from '@sluice/core/wire'
import { cacheKey } from '@sluice/cache'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../../test/support/runs.ts'
import { CacheKeyMemo } from '../../src/key/cache-key-memo.ts'

const base = {
  model: 'gpt-4o',
  messages: [{ role: 'user', content: 'hi' }],
  tools: [tool('a'), tool('b')],
} as unknown as ChatCompletionCreateParams

function tool(name: string) {
  return { type: 'function', function: { name, parameters: { type: 'object', properties: {} } } }
}

function keyOf(params: object, tenant = 't', options: CallOptions = {}): string {
  const scope = { varyHeaders: ['openai-organization'] }
  return cacheKey(
    call('chat.completions', params as ChatCompletionCreateParams, options),
    tenant,
    scope,
  )
}

/** The same value with the keys of every object in another order. */
function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, shuffled(inner)]),
  )
}

describe('cacheKey', () => {
  it('is 43 characters that any store can take', () => {
    expect(keyOf(base)).toMatch(/^[\w-]{43}$/)
  })

  it.each<[string, object, CallOptions?]>([
    ['an unknown field', { ...base, vendor_knob: 1 }],
    ['a field said to be null', { ...base, temperature: null }],
    ['the temperature', { ...base, temperature: 0.5 }],
    ['the number of answers', { ...base, n: 2 }],
    ['the user', { ...base, user: 'u' }],
    ['the order of tools', { ...base, tools: base.tools?.toReversed() }],
    ['a blank in the text', { ...base, messages: [{ role: 'user', content: 'hi ' }] }],
    ['the type of a value', { ...base, seed: '1' }],
    ['the named model', { ...base, model: 'gpt-4' }],
    ['the model to ask for', base, { model: 'gpt-4' }],
    ['a header that counts', base, { headers: { 'openai-organization': 'org' } }],
  ])('differs by %s', (_what, params, options) => {
    expect(keyOf(params, 't', options)).not.toBe(keyOf(base))
  })

  it.each<[string, object, CallOptions?]>([
    [
      'how the answer is delivered',
      { ...base, stream: true, stream_options: { include_usage: true } },
    ],
    ['the order of keys', shuffled(base) as object],
    ['fields that are undefined', { ...base, seed: undefined }],
    ['other headers', base, { headers: { 'user-agent': 'x' } }],
    ['the principal, whose tenant is given', base, { principal: { id: 'k', tenant: 'x' } }],
  ])('does not depend on %s', (_what, params, options) => {
    expect(keyOf(params, 't', options)).toBe(keyOf(base))
  })

  it('differs by operation, tenant and namespace', () => {
    const input = { model: 'm', input: 'x' }
    const keys = [
      cacheKey(call('embeddings', input), 't'),
      cacheKey(call('embeddings', input), 'u'),
      cacheKey(call('embeddings', input), 't', { keyPrefix: 'n' }),
      cacheKey(call('chat.completions', input as never), 't'),
    ]
    expect(new Set(keys).size).toBe(4)
  })

  it.each([undefined, '', null, 7])('cannot be made without a tenant (%j)', (tenant) => {
    const refusal = expect.objectContaining({ name: 'ConfigError', code: 'ERR_CACHE_NO_TENANT' })
    expect(() => cacheKey(call('chat.completions', base), tenant as string)).toThrow(refusal)
    // @ts-expect-error the tenant is not optional
    expect(() => cacheKey(call('chat.completions', base))).toThrow(refusal)
  })

  it('is the same for any order of keys and any white space', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.nat({ max: 4 }),
        (fields, indent) => {
          const params = { ...base, fields }
          const again = JSON.parse(JSON.stringify(shuffled(params), null, indent)) as object
          expect(keyOf(again)).toBe(keyOf(JSON.parse(JSON.stringify(params)) as object))
        },
      ),
    )
  })

  it('differs wherever two bodies differ', () => {
    // Few values, so that bodies that are equal or nearly so come often.
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom(0, 1, -1, 1e21, '', '0', 'a', '\ud800', '\ud801', null, true, false),
        fc.array(tie('value'), { maxLength: 2 }),
        fc.dictionary(fc.constantFrom('a', 'b', '0', '\ud800'), tie('value'), { maxKeys: 2 }),
      ),
    }))
    fc.assert(
      fc.property(value, value, (one, other) => {
        expect(keyOf({ field: one }) === keyOf({ field: other })).toBe(
          written(one) === written(other),
        )
      }),
      { numRuns: runs(2000) },
    )
  })
})

describe('cacheKey of a body', () => {
  const keyOfText = (text: string, tenant = 't') => {
    const body = new TextEncoder().encode(text)
    return cacheKey(
      call('chat.completions', JSON.parse(text) as ChatCompletionCreateParams, { body }),
      tenant,
    )
  }

  it.each([
    ['white space', '{"model":"m","seed":1}', '{ "model": "m",\n"seed": 1 }'],
    ['how a character is escaped', '{"model":"m","user":"é"}', '{"model":"m","user":"\\u00e9"}'],
    ['how it is to be delivered', '{"model":"m"}', '{"stream":true,"model":"m"}'],
    [
      'delivery, with long digits in a text',
      '{"model":"12345678901234567"}',
      '{"model":"12345678901234567","stream":true}',
    ],
    [
      'delivery, with a long fraction',
      '{"top_p":0.30000000000000004}',
      '{"top_p":0.30000000000000004,"stream":true}',
    ],
  ])('does not depend on %s', (_what, one, other) => {
    expect(keyOfText(one)).toBe(keyOfText(other))
  })

  it.each([
    [
      'an integer that is rounded to the same number',
      '{"seed":9007199254740993}',
      '{"seed":9007199254740992}',
    ],
    ['a long list of digits', '{"n":[1,12345678901234567890]}', '{"n":[1,12345678901234567891]}'],
    [
      'a member that a later one of its name replaces',
      '{"model":"m","seed":1}',
      '{"seed":2,"model":"m","seed":1}',
    ],
    ['the same deep inside', '{"a":[{"b":{"c":1}}]}', '{"a":[{"b":{"c":1,"c":1}}]}'],
    ['a member that is named twice, once by escapes', '{"abc":1}', '{"abc":1,"\\u0061bc":1}'],
    ['numbers too large', '{"top_k":1e400}', '{"top_k":-1e400}'],
    ['a number too large and nothing', '{"top_k":1e400}', '{"top_k":null}'],
    ['numbers too large, deep inside', '{"a":[{"b":1e999}]}', '{"a":[{"b":1E+9999}]}'],
    ['numbers too small', '{"a":1e-400}', '{"a":0}'],
    ['a number too small, written out', `{"a":0.${'0'.repeat(400)}1}`, '{"a":0.0}'],
    ['the sign of a zero', '{"a":-0}', '{"a":0}'],
    ['the sign of a zero with a fraction', '{"a":[-0.0]}', '{"a":[0.0]}'],
    ['digits before an exponent', '{"a":12345678901234567e0}', '{"a":12345678901234568e0}'],
    ['a fraction beyond a double', '{"a":0.1}', '{"a":0.10000000000000000001}'],
    ['fractions beyond a double', '{"a":9007199254740993.0}', '{"a":9007199254740992.0}'],
    ['an integer behind an exponent', '{"a":90071992547409930e-1}', '{"a":90071992547409920e-1}'],
    [
      'a rounded member that a later one replaces',
      '{"seed":9007199254740993,"seed":1}',
      '{"seed":1}',
    ],
    ['one letter', '{"model":"m"}', '{"model":"M"}'],
  ])('differs by %s', (_what, one, other) => {
    expect(keyOfText(one)).not.toBe(keyOfText(other))
    expect(keyOfText(one)).toBe(keyOfText(one))
    expect(keyOfText(one, 'u')).not.toBe(keyOfText(one, 't'))
  })
})

describe('CacheKeyMemo', () => {
  it('gives bodies that differ by a byte different keys, and the same bytes of two tenants', () => {
    const memo = new CacheKeyMemo({})
    const texts = [
      '{"seed":1}',
      '{"seed":2}',
      '{"seed":9007199254740992}',
      '{"seed":9007199254740993}',
    ]
    const asked = texts.map((text) =>
      call('chat.completions', JSON.parse(text) as never, { body: new TextEncoder().encode(text) }),
    )
    const keys = ['t', 'u'].flatMap((tenant) => asked.map((one) => memo.keyOf(one, tenant)))
    expect(new Set(keys).size).toBe(8)
    expect(['t', 'u'].flatMap((tenant) => asked.map((one) => memo.keyOf(one, tenant)))).toEqual(
      keys,
    )
  })

  it('never takes the parts of one call for those of another', () => {
    // Few characters, and such as a memo might put between the parts.
    const text = fc.string({ unit: fc.constantFrom('1', ':', 'a'), maxLength: 3 })
    const parts = fc.tuple(
      fc.constantFrom('a', 'a1:', 'a2:', 'a3:'),
      text,
      fc.constantFrom('embeddings', 'models.retrieve'),
    )
    const bytes = new TextEncoder().encode('{}')
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        const memo = new CacheKeyMemo({})
        const [a, b] = [one, other].map(([tenant, model, operation]) =>
          memo.keyOf(call(operation as 'embeddings', {} as never, { model, body: bytes }), tenant),
        )
        expect(a === b).toBe(JSON.stringify(one) === JSON.stringify(other))
      }),
      { numRuns: runs(5000) },
    )
  })

  it('gives the same key for a body it has seen and for the params alone', () => {
    const memo = new CacheKeyMemo({ keyPrefix: 'n' })
    const body = new TextEncoder().encode(JSON.stringify(base))
    const spaced = new TextEncoder().encode(JSON.stringify(base, null, 2))
    const keys = [body, body, spaced, undefined].map((bytes) =>
      memo.keyOf(call('chat.completions', base, { body: bytes }), 't'),
    )
    expect(new Set(keys)).toEqual(
      new Set([cacheKey(call('chat.completions', base), 't', { keyPrefix: 'n' })]),
    )
  })

  it('does not trust a body whose params have been replaced', () => {
    const memo = new CacheKeyMemo({})
    const original = call('chat.completions', base, { body: new TextEncoder().encode('{}') })
    const changed = { ...original, params: { ...base, seed: 1 } }
    expect(memo.keyOf(changed, 't')).not.toBe(memo.keyOf(original, 't'))
  })

  it('keeps calls with different headers apart though their bodies are the same', () => {
    const memo = new CacheKeyMemo({ varyHeaders: ['a', 'b'] })
    const body = new TextEncoder().encode('{}')
    const keys = [{}, { a: '1' }, { b: '1' }, { a: '1', b: '1' }].map((headers) =>
      memo.keyOf(call('chat.completions', base, { body, headers }), 't'),
    )
    expect(new Set(keys).size).toBe(4)
  })
})

/** A second opinion on which values are equal. */
function written(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(written).join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).map(
    ([key, inner]) => `${JSON.stringify(key)}:${written(inner)}`,
  )
  return `{${members.sort().join()}}`
}
