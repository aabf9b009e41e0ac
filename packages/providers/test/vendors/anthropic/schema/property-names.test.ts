import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KeyRenamer, renameKeys } from '../../../../src/vendors/anthropic/schema/key-renamer.ts'
import { propertyNames } from '../../../../src/vendors/anthropic/schema/property-names.ts'
import { completionOf, encode, events, translate } from '../support.ts'

const VALID = /^[a-zA-Z0-9_.-]{1,64}$/
const string = { type: 'string' }
const properties = (...names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, string]))

describe('propertyNames', () => {
  it('finds nothing to rename where all names are fine', () => {
    expect(
      propertyNames({ properties: properties('a', 'b.c', 'd-e', 'x'.repeat(64)) }),
    ).toBeUndefined()
    expect(propertyNames(undefined)).toBeUndefined()
  })

  it('spells names as near as it can, and none twice', () => {
    const names = [
      '$filter',
      '_filter',
      'filter[id]',
      'filter(id)',
      'Größe',
      '',
      '城市',
      'x'.repeat(70),
    ]
    const { toWire } = propertyNames({ properties: properties(...names) })!
    expect(names.map((name) => toWire.get(name))).toEqual([
      '_filter_2',
      undefined,
      'filter_id_',
      'filter_id__2',
      'Gro_e',
      '_',
      '__',
      'x'.repeat(64),
    ])
  })

  it('looks wherever a schema may stand', () => {
    const at = (name: string) => ({ properties: { [name]: string } })
    const { toWire } = propertyNames({
      $defs: { A: at('a b') },
      definitions: { B: at('b c') },
      anyOf: [at('c d')],
      items: { prefixItems: [at('d e')] },
      additionalProperties: at('e f'),
      patternProperties: { '^x y$': at('f g') },
      if: at('g h'),
      dependencies: { z: at('h i') },
      properties: { ok: { not: at('i j') } },
    })!
    expect([...toWire.keys()].toSorted()).toEqual('a b,b c,c d,d e,e f,f g,g h,h i,i j'.split(','))
  })

  it('gives every name back, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.oneof(fc.string(), fc.stringMatching(/^[a $[_-]{1,4}$/))),
        (list) => {
          const schema = { properties: Object.fromEntries(list.map((name) => [name, string])) }
          const names = propertyNames(schema)
          const wires = list.map((name) => names?.toWire.get(name) ?? name)
          expect(new Set(wires).size).toBe(list.length)
          for (const wire of wires) expect(wire).toMatch(VALID)
          expect(wires.map((wire) => names?.fromWire.get(wire) ?? wire)).toEqual(list)
        },
      ),
    )
  })
})

describe('KeyRenamer', () => {
  const names = new Map([
    ['a', '$a'],
    ['é', 'ü"'],
  ])

  it.each<[string, string]>([
    ['{"a":"a","b":{"a":["a",{"a":1}]}}', '{"$a":"a","b":{"$a":["a",{"$a":1}]}}'],
    ['{ "a" : "{\\"a\\":1}" , "\\u0061" : 2 }', '{ "$a" : "{\\"a\\":1}" , "$a" : 2 }'],
    ['{"\\u00e9":"\\\\","a":""}', '{"ü\\"":"\\\\","$a":""}'],
    ['["a",{"x":"a"}]', '["a",{"x":"a"}]'],
    ['"a"', '"a"'],
    ['{"a', '{"a'],
    ['no json {"a":1', 'no json {"$a":1'],
    ['}]}{"a":1}', '}]}{"$a":1}'],
    [`{"${'y'.repeat(3000)}":1,"a":2}`, `{"${'y'.repeat(3000)}":1,"$a":2}`],
  ])('renames keys alone in %s', (text, expected) => {
    expect(renameKeys(text, names)).toBe(expected)
  })

  it('gives the same for any cut', () => {
    fc.assert(
      fc.property(fc.json(), fc.array(fc.nat(200)), (json, cuts) => {
        const text = `{"a":${json},"\\u0061":"a\\\\","é":[${json}]}`
        const renamer = new KeyRenamer(names)
        let out = ''
        let from = 0
        for (const cut of cuts.toSorted((a, b) => a - b)) {
          out += renamer.push(text.slice(from, cut))
          from = Math.max(from, cut)
        }
        out += renamer.push(text.slice(from)) + renamer.end()
        expect(out).toBe(renameKeys(text, names))
      }),
    )
  })
})

const parameters = {
  type: 'object',
  properties: {
    $filter: { type: 'string', description: 'What to show.' },
    'user name': { type: 'object', properties: { 'first name': string }, required: ['first name'] },
    list: { type: 'array', items: { $ref: '#/$defs/Row' } },
    ref: { $ref: '#/properties/user%20name/properties/first%20name' },
  },
  required: ['$filter', 'list'],
  dependentRequired: { $filter: ['user name'] },
  default: { $filter: '$filter' },
  examples: [{ $filter: 'x', 'user name': { 'first name': 'user name' } }],
  $defs: { Row: { anyOf: [{ properties: { 'a/b': string } }, { type: 'null' }] } },
}
const tools = [{ type: 'function' as const, function: { name: 'find', parameters } }]
const input = {
  $filter: '$filter',
  'user name': { 'first name': 'user name' },
  list: [{ 'a/b': '1' }, null],
}
const wire = {
  _filter: '$filter',
  user_name: { first_name: 'user name' },
  list: [{ a_b: '1' }, null],
}

describe('names of properties that the vendor refuses', () => {
  it('are others in every place of a schema', () => {
    const [tool] = encode({ tools }).body.tools!
    expect(tool).toHaveProperty('input_schema', {
      type: 'object',
      properties: {
        _filter: { title: '$filter', type: 'string', description: 'What to show.' },
        user_name: {
          title: 'user name',
          type: 'object',
          properties: { first_name: { title: 'first name', type: 'string' } },
          required: ['first_name'],
        },
        list: { type: 'array', items: { $ref: '#/$defs/Row' } },
        ref: { $ref: '#/properties/user_name/properties/first_name' },
      },
      required: ['_filter', 'list'],
      dependentRequired: { _filter: ['user_name'] },
      default: { _filter: '$filter' },
      examples: [{ _filter: 'x', user_name: { first_name: 'user name' } }],
      $defs: {
        Row: {
          anyOf: [{ properties: { a_b: { title: 'a/b', type: 'string' } } }, { type: 'null' }],
        },
      },
    })
  })

  it('are others in earlier calls of the same tool', () => {
    const call = (id: string, name: string, given: unknown) => ({
      role: 'assistant' as const,
      content: null,
      tool_calls: [
        { id, type: 'function' as const, function: { name, arguments: given as string } },
      ],
    })
    const { messages } = encode({
      tools,
      messages: [
        { role: 'user', content: 'Go' },
        call('a', 'find', JSON.stringify(input)),
        { role: 'tool', tool_call_id: 'a', content: '{"$filter":1}' },
        call('b', 'other', JSON.stringify(input)),
        { role: 'tool', tool_call_id: 'b', content: '' },
        call('c', 'find', input),
      ],
    }).body
    expect(messages[1]!.content[0]).toMatchObject({ input: wire })
    expect(messages[2]!.content[0]).toMatchObject({
      content: [{ type: 'text', text: '{"$filter":1}' }],
    })
    expect(messages[3]!.content[0]).toMatchObject({ input })
    expect(messages[5]!.content[0]).toMatchObject({ input: wire })
  })

  const usage = { input_tokens: 1, output_tokens: 1 }

  it('come back in a whole answer', () => {
    const message = {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'claude',
      content: [
        { type: 'tool_use', id: 't1', name: 'find', input: wire },
        { type: 'tool_use', id: 't2', name: 'unheard', input: { _filter: 1 } },
      ],
      stop_reason: 'tool_use',
      usage,
    }
    const calls = completionOf(message, { tools }).choices[0]!.message.tool_calls!
    expect(calls.map((call) => JSON.parse(call.function!.arguments) as unknown)).toEqual([
      input,
      { _filter: 1 },
    ])
  })

  const stream = (block: object, deltas: readonly object[], reason: string) =>
    events(
      { type: 'message_start', message: { id: 'msg_1', model: 'claude', content: [], usage } },
      { type: 'content_block_start', index: 0, content_block: block },
      ...deltas.map((delta) => ({ type: 'content_block_delta', index: 0, delta })),
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: reason }, usage },
      { type: 'message_stop' },
    )

  it.each([1, 2, 3, 7, 1000])('come back in a stream with pieces of %i', (length) => {
    const text = JSON.stringify(wire)
    const pieces = Array.from({ length: Math.ceil(text.length / length) }, (_, at) =>
      text.slice(at * length, (at + 1) * length),
    )
    const block = { type: 'tool_use', id: 't1', name: 'find', input: {} }
    const deltas = pieces.map((piece) => ({ type: 'input_json_delta', partial_json: piece }))
    const { chunks } = translate([stream(block, deltas, 'tool_use')], { tools })
    const given = chunks.map(
      (chunk) => chunk.choices[0]?.delta.tool_calls?.[0]?.function?.arguments ?? '',
    )
    expect(JSON.parse(given.join(''))).toEqual(input)
  })

  it('are others in the schema of an answer, and come back in its text', () => {
    const schema = {
      type: 'object',
      properties: { 'user name': string },
      additionalProperties: false,
    }
    const format = {
      response_format: { type: 'json_schema' as const, json_schema: { name: 'a', schema } },
    }
    const { output_config: output } = encode(format).body
    expect(output!.format!.schema['properties']).toEqual({
      user_name: { title: 'user name', type: 'string' },
    })
    const block = { type: 'text', text: '' }
    const deltas = ['{"user_', 'name":"user_name', '"}'].map((text) => ({
      type: 'text_delta',
      text,
    }))
    const { chunks } = translate([stream(block, deltas, 'end_turn')], format)
    const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')
    expect(text).toBe('{"user name":"user_name"}')
  })

  it('come back where a tool stands in for the answer', () => {
    const schema = { type: 'object', properties: { 'user name': string } }
    const format = {
      model: 'claude-3-5-haiku-latest',
      response_format: { type: 'json_schema' as const, json_schema: { name: 'a', schema } },
    }
    const [tool] = encode(format).body.tools!
    expect(tool).toMatchObject({ input_schema: { properties: { user_name: { type: 'string' } } } })
    const block = { type: 'tool_use', id: 't1', name: 'json_response', input: {} }
    const deltas = ['{"user_na', 'me":1}'].map((json) => ({
      type: 'input_json_delta',
      partial_json: json,
    }))
    const { chunks } = translate([stream(block, deltas, 'tool_use')], format)
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe(
      '{"user name":1}',
    )
  })
})
