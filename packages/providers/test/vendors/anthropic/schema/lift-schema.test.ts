import { describe, expect, it } from 'vitest'
import { liftSchema } from '../../../../src/vendors/anthropic/schema/lift-schema.ts'
import { inputSchema } from '../../../../src/vendors/anthropic/schema/input-schema.ts'
import { propertyNames } from '../../../../src/vendors/anthropic/schema/property-names.ts'
import { deepFreeze } from '../../../dialect-answers.ts'

type Schema = Record<string, unknown>

const string = { type: 'string' }
const object = (properties: object, more: object = {}): Schema => ({
  type: 'object',
  properties,
  ...more,
})
const lift = (schema: object) =>
  liftSchema(deepFreeze(schema) as Schema, { names: propertyNames(schema), losesTop: false })

describe('liftSchema', () => {
  it.each<[string, object, object]>([
    [
      'definitions and the references to them',
      {
        definitions: { A: string, 'B/C': string },
        properties: { a: { $ref: '#/definitions/A' }, b: { $ref: '#/definitions/B~1C' } },
      },
      {
        $defs: { A: string, 'B/C': string },
        properties: { a: { $ref: '#/$defs/A' }, b: { $ref: '#/$defs/B~1C' } },
      },
    ],
    [
      'tuples',
      { items: [string, {}], additionalItems: false },
      { prefixItems: [string, {}], items: false },
    ],
    [
      'schemas for content',
      { contentSchema: { items: [string] } },
      { contentSchema: { prefixItems: [string] } },
    ],
    ['an empty list of types', object({ a: { type: [] } }), object({ a: {} })],
    ['types that nobody knows', object({ a: { type: ['any', 'file'] } }), object({ a: {} })],
    ['an empty tuple', { type: 'array', items: [] }, { type: 'array' }],
    [
      'references into tuples',
      { properties: { a: { items: [string] }, b: { $ref: '#/properties/a/items/0' } } },
      { properties: { a: { prefixItems: [string] }, b: { $ref: '#/properties/a/prefixItems/0' } } },
    ],
    [
      'exclusive limits as truths',
      { minimum: 1, exclusiveMinimum: true, maximum: 3, exclusiveMaximum: false },
      { exclusiveMinimum: 1, maximum: 3 },
    ],
    [
      'dependencies',
      { dependencies: { a: ['b'], c: { required: ['d'] } } },
      { dependentRequired: { a: ['b'] }, dependentSchemas: { c: { required: ['d'] } } },
    ],
    [
      'the id of the whole',
      { id: 'https://schemas.example/a.json', type: 'object' },
      { $id: 'https://schemas.example/a.json', type: 'object' },
    ],
    ['ids inside', object({ a: { id: 'a', type: 'string' } }), object({ a: string })],
    [
      'anchors',
      { definitions: { A: { id: '#a', type: 'string' } }, properties: { x: { $ref: '#a' } } },
      { $defs: { A: { $anchor: 'a', type: 'string' } }, properties: { x: { $ref: '#a' } } },
    ],
    [
      'references by the whole name',
      {
        $id: 'https://schemas.example/a.json',
        $defs: { A: string },
        $ref: 'https://schemas.example/a.json#/$defs/A',
      },
      { $id: 'https://schemas.example/a.json', $defs: { A: string }, $ref: '#/$defs/A' },
    ],
    [
      'what another draft is called',
      { $schema: 'http://json-schema.org/draft-07/schema#', type: 'object' },
      { type: 'object' },
    ],
    [
      'nullable types',
      { type: 'string', nullable: true, enum: ['a'] },
      { type: ['string', 'null'], enum: ['a', null] },
    ],
    [
      'nullable references',
      { $defs: { A: string }, $ref: '#/$defs/A', nullable: true },
      { $defs: { A: string }, anyOf: [{ $ref: '#/$defs/A' }, { type: 'null' }] },
    ],
    ['nullable unions', { anyOf: [string], nullable: true }, { anyOf: [string, { type: 'null' }] }],
    ['nullable of nothing', { type: 'string', nullable: false }, string],
    [
      'required properties of old',
      object({ a: { type: 'string', required: true }, b: { type: 'string', required: false } }),
      object({ a: string, b: string }, { required: ['a'] }),
    ],
    [
      'types in other words',
      object({
        a: { type: 'STRING' },
        b: { type: 'int' },
        c: { type: 'any' },
        d: { type: ['str', 'None', 'x'] },
      }),
      object({ a: string, b: { type: 'integer' }, c: {}, d: { type: ['string', 'null'] } }),
    ],
    [
      'lists for empty maps',
      { type: 'object', properties: [], definitions: [] },
      { type: 'object', properties: {}, $defs: {} },
    ],
    [
      'nulls',
      { type: null, description: null, properties: null, items: null, required: null, enum: null },
      {},
    ],
    ['schemas that are null', object({ a: null, b: true }), object({ a: {}, b: true })],
    ['twice the same name', { required: ['a', 'a', 1] }, { required: ['a'] }],
    ['no alternatives', { anyOf: [], type: 'string' }, string],
    [
      'recursion of the draft between',
      object({ a: { $recursiveRef: '#' } }, { $recursiveAnchor: true }),
      object({ a: { $ref: '#' } }),
    ],
  ])('lifts %s', (_name, schema, expected) => {
    const lifted = lift(schema)
    expect(lifted.schema).toEqual(expected)
    expect(lift(lifted.schema).schema).toEqual(lifted.schema)
  })

  it.each<[string, object, object, string]>([
    ['limits that are words', { minimum: '1', type: 'number' }, { type: 'number' }, 'minimum'],
    ['lengths below nothing', { minLength: -1, maxLength: 1.5 }, {}, 'minLength'],
    ['references to nowhere', { a: 1, $ref: '#/$defs/Ghost' }, { a: 1 }, '$ref'],
    ['references to elsewhere', { $ref: 'https://schemas.example/b.json' }, {}, '$ref'],
    ['anchors that are none', { $anchor: '1 a', type: 'string' }, { type: 'string' }, '$anchor'],
    ['dynamic anchors that are none', { $dynamicAnchor: 5 }, {}, '$dynamicAnchor'],
    ['dynamic references that are none', { $dynamicRef: [] }, {}, '$dynamicRef'],
    ['vocabularies that are none', { $vocabulary: { a: 1 } }, {}, '$vocabulary'],
    ['lists where one schema is meant', { not: [{}], if: [] }, {}, 'if'],
    ['alternatives that are no list', { oneOf: { type: 'string' } }, {}, 'oneOf'],
  ])('leaves out %s, and says so', (_name, schema, expected, lost) => {
    const lifted = lift(schema)
    expect(lifted.schema).toEqual(expected)
    expect(lifted.weakened).toContain(lost)
  })

  it('does not copy what is right', () => {
    const schema = object(
      { a: string, b: { type: 'array', items: { $ref: '#/$defs/A' } }, c: { enum: ['x', null] } },
      {
        required: ['a'],
        $defs: { A: object({ again: { $ref: '#' } }) },
        additionalProperties: false,
      },
    )
    expect(lift(schema).schema).toBe(schema)
  })

  it('cuts what is deeper than 200 levels', () => {
    let schema: object = string
    for (let level = 0; level < 100_000; level++) schema = { items: schema }
    const lifted = liftSchema(schema as Schema, { names: propertyNames(schema), losesTop: false })
    expect(lifted.weakened).toContain('size')
    let depth = 0
    for (let at: unknown = lifted.schema; (at as Schema)['items'] !== undefined; depth++) {
      at = (at as Schema)['items']
    }
    expect(depth).toBe(201)
  })

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'])(
    'knows no keyword, type or property by the name of %s that was not given',
    (word) => {
      const own = JSON.parse(
        `{"type":"${word}","properties":{"${word}":{"type":"string"}},"${word}":{"a":1},"required":["${word}"]}`,
      ) as Schema
      const { schema } = lift(own)
      expect(JSON.parse(JSON.stringify(schema))).toEqual({
        ...(JSON.parse(`{"${word}":{"a":1}}`) as object),
        properties: JSON.parse(`{"${word}":{"type":"string"}}`) as object,
        required: [word],
      })
      expect(Object.getPrototypeOf(schema)).toBe(Object.prototype)
      expect(inputSchema(own, undefined).schema.properties).toSatisfy((one: object) =>
        Object.hasOwn(one, word),
      )
    },
  )
})

describe('inputSchema', () => {
  const input = (schema: object) => inputSchema(deepFreeze(schema), propertyNames(schema))

  it.each([null, undefined, true, 'string', [], {}])('takes %j for no parameters', (parameters) => {
    expect(inputSchema(parameters, undefined).schema).toEqual({ type: 'object', properties: {} })
  })

  it('puts alternatives that are references side by side', () => {
    const { schema, lost } = input({
      oneOf: [{ $ref: '#/definitions/Cat' }, { $ref: '#/definitions/Dog' }],
      definitions: {
        Cat: object(
          { kind: { const: 'cat' }, lives: { type: 'integer' } },
          { required: ['kind', 'lives'] },
        ),
        Dog: object({ kind: { const: 'dog' } }, { required: ['kind'] }),
      },
    })
    expect(schema).toMatchObject({
      type: 'object',
      properties: {
        kind: { anyOf: [{ const: 'cat' }, { const: 'dog' }] },
        lives: { type: 'integer' },
      },
      required: ['kind'],
    })
    expect(schema).not.toHaveProperty('oneOf')
    expect(lost).toEqual(['oneOf'])
  })

  it('keeps what something refers to in a union that goes', () => {
    const { schema } = input({
      anyOf: [object({ a: string }), object({ b: { $ref: '#/anyOf/0/properties/a' } })],
    })
    expect(schema.properties).toEqual({
      a: string,
      b: { $ref: '#/$defs/_top/anyOf/0/properties/a' },
    })
    expect(schema).toMatchObject({ $defs: { _top: { anyOf: [object({ a: string }), {}] } } })
  })

  it('reads parts that refer to each other once', () => {
    const defs: Record<string, object> = { d40: object({ end: string }) }
    for (let at = 0; at < 40; at++) {
      const next = { $ref: `#/$defs/d${at + 1}` }
      defs[`d${at}`] = {
        anyOf: [next, { allOf: [next, next] }],
        properties: { [`p${at}`]: string },
      }
    }
    defs['d40'] = { anyOf: [{ $ref: '#/$defs/d0' }, object({ end: string })] }
    const { schema } = input({ $ref: '#/$defs/d0', $defs: defs })
    expect(Object.keys(schema.properties)).toHaveLength(41)
    expect(JSON.stringify(schema).length).toBeLessThan(10_000)
  })

  it('says an object whatever stood there', () => {
    expect(input({ type: 'string' }).schema.type).toBe('object')
    expect(input({ type: ['object', 'null'], properties: { a: string } }).schema).toEqual(
      object({ a: string }),
    )
  })
})
