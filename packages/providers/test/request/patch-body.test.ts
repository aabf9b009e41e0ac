import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { patchBody } from '../../src/request/patch-body.ts'

/** What a body's text becomes. */
function spliced(
  body: string,
  set: Record<string, unknown>,
  unset: readonly string[] = [],
): string | undefined {
  const bytes = patchBody(Buffer.from(body), set, unset)
  return bytes === undefined ? undefined : Buffer.from(bytes).toString()
}

describe('patchBody', () => {
  it.each<[string, string, Record<string, unknown>, string]>([
    [
      'replaces a member',
      '{"model":"a","n":1}',
      { model: 'long name' },
      '{"model":"long name","n":1}',
    ],
    [
      'leaves spaces and numbers as they are',
      '{ "model" : "a" , "n" : 1.0e2 }',
      { model: 'b' },
      '{ "model" : "b" , "n" : 1.0e2 }',
    ],
    [
      'adds what is not there',
      '{"n":1}',
      { model: 'b', stream: true },
      '{"n":1,"model":"b","stream":true}',
    ],
    ['adds to an empty object', '{}', { model: 'b', stream: true }, '{"model":"b","stream":true}'],
    [
      'replaces and adds at once',
      '{"model":"a"}',
      { stream: true, model: 'b' },
      '{"model":"b","stream":true}',
    ],
    [
      'leaves members further in alone',
      '{"x":{"model":"a"},"model":"a"}',
      { model: 'b' },
      '{"x":{"model":"a"},"model":"b"}',
    ],
    [
      'is not led astray by text',
      '{"x":"\\",\\"model\\":\\"a\\"","model":"a"}',
      { model: 'b' },
      '{"x":"\\",\\"model\\":\\"a\\"","model":"b"}',
    ],
    [
      'counts bytes, not letters',
      '{"x":"日本 😀","model":"a"}',
      { model: 'é' },
      '{"x":"日本 😀","model":"é"}',
    ],
  ])('%s', (_what, body, set, expected) => {
    expect(spliced(body, set)).toBe(expected)
  })

  it.each<[string, string]>([
    ['stands twice', '{"model":"a","model":"b"}'],
    ['stands twice, and is not to be set', '{"x":1,"model":"a","x":2}'],
    ['is written with escapes', '{"mod\\u0065l":"a"}'],
    ['is not ASCII', '{"é":1,"model":"a"}'],
    ['is to be removed', '{"model":"a","user":"u"}'],
    ['is one of too many', `{${Array.from({ length: 70 }, (_, index) => `"k${index}":1`).join()}}`],
  ])('gives nothing where a key %s', (_what, body) => {
    expect(spliced(body, { model: 'c' }, ['user'])).toBeUndefined()
  })

  it('gives the same bytes where there is nothing to set', () => {
    const body = Buffer.from('{"model":"a"}')
    expect(patchBody(body, {}, ['user'])).toBe(body)
  })

  it('means to a reader what setting the members would have meant', () => {
    const key = fc.constantFrom('model', 'stream', 'n', 'x', 'messages')
    const members = fc.dictionary(key, fc.jsonValue(), { noNullPrototype: true })
    fc.assert(
      fc.property(members, members, fc.constantFrom(0, 1, 2), (body, set, space) => {
        const text = spliced(JSON.stringify(body, undefined, space), set)
        expect(JSON.parse(text!)).toEqual(JSON.parse(JSON.stringify({ ...body, ...set })))
      }),
    )
  })
})
