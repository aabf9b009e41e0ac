import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { schemaInstance } from '../src/schema-instance.ts'
import { checkSchema } from './check-schema.ts'

const object = (properties: Record<string, unknown>, required = Object.keys(properties)) => ({
  type: 'object',
  properties,
  required,
})

describe('schemaInstance', () => {
  it.each<[string, unknown]>([
    ['a string', { type: 'string' }],
    ['a long string', { type: 'string', minLength: 30 }],
    ['a short string', { type: 'string', maxLength: 2 }],
    ['no string at all', { type: 'string', maxLength: 0 }],
    ['an integer', { type: 'integer' }],
    ['an integer from a minimum', { type: 'integer', minimum: 18 }],
    ['an integer up to a maximum', { type: 'integer', maximum: -3 }],
    [
      'an integer between exclusive limits',
      { type: 'integer', exclusiveMinimum: 1, exclusiveMaximum: 3 },
    ],
    ['an integer in steps', { type: 'integer', minimum: 11, multipleOf: 5 }],
    ['a number in steps', { type: 'number', minimum: 1.3, multipleOf: 0.25 }],
    ['a probability', { type: 'number', minimum: 0, maximum: 1 }],
    [
      'a number between exclusive limits',
      { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 0.5 },
    ],
    ['a negative number', { type: 'number', exclusiveMaximum: -1 }],
    ['a boolean', { type: 'boolean' }],
    ['null', { type: 'null' }],
    ['something nullable', { type: ['null', 'string'] }],
    ['one of a list', { enum: ['red', 'green'] }],
    ['a list of mixed kinds', { enum: [null, 3] }],
    ['a constant', { const: { a: [1] } }],
    ['nested objects', object({ a: object({ b: object({ c: { type: 'integer' } }) }) })],
    ['an object without a type', { properties: { a: { type: 'string' } }, required: ['a'] }],
    ['a required name without a schema', { type: 'object', required: ['free'] }],
    ['a list', { type: 'array', items: { type: 'string' } }],
    ['several items', { type: 'array', items: { type: 'integer', minimum: 5 }, minItems: 4 }],
    ['no items', { type: 'array', items: { type: 'string' }, maxItems: 0 }],
    [
      'different texts',
      { type: 'array', items: { type: 'string' }, minItems: 3, uniqueItems: true },
    ],
    [
      'different members of an enum',
      { type: 'array', items: { enum: ['a', 'b', 'c'] }, minItems: 3, uniqueItems: true },
    ],
    [
      'different numbers in a narrow range',
      {
        type: 'array',
        items: { type: 'number', minimum: 0, maximum: 1 },
        minItems: 4,
        uniqueItems: true,
      },
    ],
    [
      'different objects',
      {
        type: 'array',
        items: object({ id: { type: 'string', format: 'uuid' } }),
        minItems: 2,
        uniqueItems: true,
      },
    ],
    [
      'a tuple',
      { type: 'array', prefixItems: [{ type: 'string' }, { type: 'integer' }], items: false },
    ],
    ['a choice', { anyOf: [{ type: 'integer' }, { type: 'string' }] }],
    [
      'an exclusive choice',
      { oneOf: [object({ kind: { const: 'a' } }), object({ kind: { const: 'b' } })] },
    ],
    [
      'a combination',
      { allOf: [object({ a: { type: 'string' } }), object({ b: { type: 'integer' } })] },
    ],
    [
      'a choice beside properties',
      { ...object({ a: { type: 'string' } }), anyOf: [object({ b: { const: 1 } })] },
    ],
    [
      'a reference',
      { $defs: { id: { type: 'integer', minimum: 7 } }, ...object({ id: { $ref: '#/$defs/id' } }) },
    ],
    [
      'a reference to a reference',
      { $defs: { a: { $ref: '#/$defs/b' }, b: { type: 'boolean' } }, $ref: '#/$defs/a' },
    ],
    [
      'a linked list',
      {
        ...object({
          value: { type: 'string' },
          next: { anyOf: [{ $ref: '#' }, { type: 'null' }] },
        }),
      },
    ],
    [
      'a linked list, the end last in a reference',
      {
        $defs: { n: { anyOf: [object({ next: { $ref: '#/$defs/n' } }), { type: 'null' }] } },
        $ref: '#/$defs/n',
      },
    ],
    [
      'a tree',
      object({ name: { type: 'string' }, children: { type: 'array', items: { $ref: '#' } } }),
    ],
    [
      'a name that objects have by themselves',
      object({ constructor: { type: 'string' }, toString: { type: 'integer' } }),
    ],
    ['anything', true],
  ])('makes %s', (_name, schema) => {
    expect(checkSchema(schemaInstance(schema), schema)).toEqual([])
  })

  it('passes over an alternative that leads only to itself', () => {
    expect(schemaInstance({ anyOf: [{ $ref: '#' }, { type: 'integer', minimum: 4 }] })).toBe(4)
  })

  it('ends a recursion at its first return where it may', () => {
    const child = { anyOf: [{ $ref: '#' }, { type: 'null' }] }
    const schema = object({
      name: { type: 'string' },
      child,
      children: { type: 'array', items: { $ref: '#' } },
    })
    expect(schemaInstance(schema)).toEqual({
      name: 'demo name',
      child: null,
      children: [{ name: 'demo name', child: null, children: [] }],
    })
  })

  it.each([
    ['date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/],
    ['date', /^\d{4}-\d\d-\d\d$/],
    ['time', /^\d\d:\d\d:\d\dZ$/],
    ['email', /^\S+@\S+\.\S+$/],
    ['uri', /^https:\/\/\S+$/],
    ['uuid', /^[0-9a-f-]{36}$/],
    ['ipv4', /^\d+\.\d+\.\d+\.\d+$/],
  ])('writes %s in its form', (format, form) => {
    expect(schemaInstance({ type: 'string', format })).toMatch(form)
  })

  it('fits whatever schema is put together of parts that can be met', () => {
    const bounds = fc.record({ minimum: fc.integer({ min: -50, max: 50 }) }, { requiredKeys: [] })
    const { node } = fc.letrec<{ node: Record<string, unknown> }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        bounds.map((limits) => ({ type: 'integer', ...limits })),
        bounds.map((limits) => ({ type: 'number', ...limits, maximum: (limits.minimum ?? 0) + 1 })),
        fc.integer({ min: 0, max: 40 }).map((minLength) => ({ type: 'string', minLength })),
        fc.constantFrom(
          { type: 'boolean' },
          { type: 'null' },
          { enum: ['x', 'y'] },
          { type: ['string', 'null'] },
          { $ref: '#/$defs/leaf' },
        ),
        fc
          .tuple(tie('node'), fc.integer({ min: 0, max: 3 }))
          .map(([items, minItems]) => ({ type: 'array', items, minItems })),
        fc.array(tie('node'), { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
        fc
          .tuple(
            fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), tie('node'), { maxKeys: 4 }),
            fc.boolean(),
          )
          .map(([properties, all]) => ({
            type: 'object',
            properties,
            required: all ? Object.keys(properties) : [],
          })),
      ),
    }))
    fc.assert(
      fc.property(node, (schema) => {
        const root = { ...schema, $defs: { leaf: { type: 'integer', minimum: 3 } } }
        expect(checkSchema(schemaInstance(root), root)).toEqual([])
        expect(schemaInstance(root)).toEqual(schemaInstance(root))
      }),
      { numRuns: 300, seed: 7 },
    )
  })

  it('prefers what is given, then what is suggested, then defaults and examples', () => {
    const text = { type: 'string' }
    const schema = object({
      a: text,
      b: text,
      c: { ...text, default: 'own' },
      d: { ...text, examples: ['such'] },
      e: text,
    })
    const suggest = (name: string) => (name === 'a' || name === 'b' ? 'suggested' : undefined)
    expect(schemaInstance(schema, { given: { a: 'given', b: 3 }, suggest })).toEqual({
      a: 'given',
      b: 'suggested',
      c: 'own',
      d: 'such',
      e: 'demo e',
    })
  })

  it('takes nothing from outside that does not fit', () => {
    const schema = object({
      n: { type: 'integer', maximum: 5 },
      mail: { type: 'string', format: 'email' },
      unit: { enum: ['c', 'f'] },
    })
    const instance = schemaInstance(schema, {
      given: { n: 9, mail: 'nobody', unit: 'k' },
      suggest: () => 2.5,
    })
    expect(checkSchema(instance, schema)).toEqual([])
    expect(instance).toEqual({ n: 1, mail: 'demo@example.com', unit: 'c' })
  })

  it('leaves out what is not required and not known, where it is told to', () => {
    const schema = object(
      { a: { type: 'string' }, b: { type: 'string' }, c: { type: 'string' }, d: object({}) },
      ['a'],
    )
    const suggest = (name: string) => (name === 'b' ? 'known' : undefined)
    expect(schemaInstance(schema, { optional: 'known', suggest })).toEqual({
      a: 'demo a',
      b: 'known',
    })
  })

  it('keeps a member called __proto__ a member', () => {
    const instance = schemaInstance(
      JSON.parse('{"type":"object","properties":{"__proto__":{"type":"object"}}}'),
    ) as object
    expect(Object.keys(instance)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(instance)).toBe(Object.prototype)
  })

  it('follows no reference out of the document and none that leads nowhere', () => {
    expect(schemaInstance({ $ref: 'https://example.com/schema.json' })).toBe('demo')
    expect(schemaInstance({ $ref: '#/$defs/missing' })).toBe('demo')
    expect(schemaInstance({ $ref: '#/%/~' })).toBe('demo')
  })
})

describe('schemaInstance, of a schema without end', () => {
  const deepDefs = () => {
    const $defs: Record<string, unknown> = { D1000: { type: 'string' } }
    for (let at = 0; at < 1000; at++)
      $defs[`D${at}`] = object({ next: { $ref: `#/$defs/D${at + 1}` } })
    return { $ref: '#/$defs/D0', $defs }
  }
  const chain = () => {
    const $defs: Record<string, unknown> = {}
    for (let at = 0; at < 50_000; at++) $defs[`D${at}`] = { $ref: `#/$defs/D${at + 1}` }
    return { $ref: '#/$defs/D0', $defs }
  }
  const wide = () => {
    const properties: Record<string, unknown> = {}
    for (let at = 0; at < 50_000; at++) properties[`k${at}`] = { $ref: '#' }
    return object(properties)
  }
  const merged = () => ({
    $defs: { wide: wide() },
    allOf: Array.from({ length: 1000 }, () => ({ $ref: '#/$defs/wide' })),
  })
  const texts = () =>
    object(
      Object.fromEntries(
        Array.from({ length: 4000 }, (_, at) => [`k${at}`, { type: 'string', minLength: 9000 }]),
      ),
    )

  it.each<[string, () => unknown]>([
    ['1,000 objects inside one another', deepDefs],
    ['50,000 references in a row', chain],
    ['a reference to itself', () => ({ $ref: '#' })],
    [
      'two references to each other',
      () => ({ $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } }, $ref: '#/$defs/a' }),
    ],
    ['a combination with itself', () => ({ allOf: [{ $ref: '#' }, { $ref: '#' }] })],
    [
      'an object that needs itself twice',
      () => object({ left: { $ref: '#' }, right: { $ref: '#' } }),
    ],
    ['50,000 properties, each the whole', wide],
    ['1,000 combined copies of those', merged],
    [
      '50,000 alternatives',
      () => ({ anyOf: Array.from({ length: 50_000 }, () => ({ $ref: '#' })) }),
    ],
    [
      'a billion items of a billion items',
      () => ({ type: 'array', minItems: 1e9, items: { $ref: '#' } }),
    ],
    ['a text of a billion characters', () => ({ type: 'string', minLength: 1e9 })],
    ['4,000 long texts', texts],
  ])('ends soon and small for %s', (_name, schemaOf) => {
    const schema = schemaOf()
    const start = performance.now()
    const length = JSON.stringify(schemaInstance(schema)).length
    // Unbounded, each of these takes many seconds or never ends; the margin is for a busy machine.
    expect(performance.now() - start).toBeLessThan(500)
    expect(length).toBeLessThan(400_000)
  })

  it('makes no more values than it is allowed to', () => {
    const instance = schemaInstance(
      {
        type: 'array',
        minItems: 90,
        items: { type: 'array', minItems: 90, items: { type: 'null' } },
      },
      { maxNodes: 500 },
    )
    expect(JSON.stringify(instance).match(/null/g)!.length).toBeLessThan(500)
  })
})
