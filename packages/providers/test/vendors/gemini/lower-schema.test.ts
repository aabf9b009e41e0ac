import { describe, expect, test } from 'vitest'
import { lowerSchema } from '../../../src/vendors/gemini/schema/lower-schema.ts'

interface Case {
  readonly name: string
  readonly given: unknown
  readonly lowered: unknown
  readonly weakened?: readonly string[]
}

const string = { type: 'string' }
const cases: readonly Case[] = [
  {
    name: 'keeps what Gemini knows',
    given: {
      type: 'object',
      title: 'T',
      description: 'D',
      properties: {
        a: {
          type: 'array',
          items: { type: 'number', minimum: 0, maximum: 9 },
          minItems: 1,
          maxItems: 3,
        },
      },
      required: ['a'],
      additionalProperties: false,
      propertyOrdering: ['a'],
    },
    lowered: {
      type: 'object',
      title: 'T',
      description: 'D',
      properties: {
        a: {
          type: 'array',
          items: { type: 'number', minimum: 0, maximum: 9 },
          minItems: 1,
          maxItems: 3,
        },
      },
      required: ['a'],
      additionalProperties: false,
      propertyOrdering: ['a'],
    },
  },
  {
    name: 'resolves references, and what stands beside one counts more',
    given: {
      type: 'object',
      properties: {
        from: { $ref: '#/$defs/place', description: 'Where from' },
        to: { $ref: '#/definitions/a~1b%20c' },
      },
      $defs: { place: { type: 'string', description: 'A place' } },
      definitions: { 'a/b c': { type: 'integer' } },
    },
    lowered: {
      type: 'object',
      properties: { from: { type: 'string', description: 'Where from' }, to: { type: 'integer' } },
    },
  },
  {
    name: 'cuts a reference that comes back to itself',
    given: {
      $ref: '#/$defs/node',
      $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } } } },
    },
    lowered: { type: 'object', properties: { next: { type: 'object' } } },
    weakened: ['$ref'],
  },
  {
    name: 'cuts a reference to a schema whose type has another word',
    given: {
      $ref: '#/$defs/A',
      $defs: { A: { type: 'DICT', properties: { next: { $ref: '#/$defs/A' } } } },
    },
    lowered: { type: 'object', properties: { next: { type: 'object' } } },
    weakened: ['$ref'],
  },
  {
    name: 'leaves out keywords of another type, and numbers that count nothing',
    given: {
      type: 'object',
      properties: {
        a: { type: 'string', properties: {}, items: {}, minItems: 1, required: ['x'], minimum: 1 },
        b: { type: 'array', properties: { x: string }, maxItems: -1, minItems: 1.5, enum: [1] },
        c: { type: ['object', 'null'], enum: [1, 'a'], maximum: 3 },
        d: { type: 'integer', allOf: [{ type: 'string', enum: ['x'] }] },
        e: { anyOf: [{ type: 'null' }], properties: { x: string } },
      },
      minItems: 2,
    },
    lowered: {
      type: 'object',
      properties: {
        a: string,
        b: { type: 'array', items: {} },
        c: { type: ['object', 'null'] },
        d: { type: 'integer' },
        e: { type: 'null' },
      },
    },
    weakened: ['type'],
  },
  {
    name: 'names nothing twice',
    given: { type: 'object', properties: { a: { enum: ['x', 'y', 'x'] } }, required: ['a', 'a'] },
    lowered: {
      type: 'object',
      properties: { a: { type: 'string', enum: ['x', 'y'] } },
      required: ['a'],
    },
  },
  {
    name: 'cuts a schema that refers to itself as a whole',
    given: { type: 'object', properties: { children: { type: 'array', items: { $ref: '#' } } } },
    lowered: {
      type: 'object',
      properties: {
        children: {
          type: 'array',
          items: {
            type: 'object',
            properties: { children: { type: 'array', items: { type: 'object' } } },
          },
        },
      },
    },
    weakened: ['$ref'],
  },
  {
    name: 'opens a reference that leads nowhere',
    given: { $ref: '#/$defs/lost' },
    lowered: {},
    weakened: ['$ref'],
  },
  {
    name: 'opens a reference to another document',
    given: { $ref: 'https://example.com/a.json' },
    lowered: {},
    weakened: ['$ref'],
  },
  {
    name: 'takes a second type null for the whole of a union with it',
    given: { anyOf: [string, { type: 'null' }], description: 'D' },
    lowered: { type: ['string', 'null'], description: 'D' },
  },
  {
    name: 'keeps a list of types with null',
    given: { type: ['integer', 'null'], minimum: 1 },
    lowered: { type: ['integer', 'null'], minimum: 1 },
  },
  {
    name: 'reads the nullable of OpenAPI',
    given: { type: 'STRING', nullable: true },
    lowered: { type: ['string', 'null'] },
  },
  {
    name: 'reads the nullable of OpenAPI beside a reference and a union',
    given: {
      type: 'object',
      properties: {
        at: { $ref: '#/$defs/at', nullable: true },
        by: { allOf: [{ $ref: '#/$defs/at' }], nullable: true },
        of: { anyOf: [string, { type: 'integer' }], nullable: true },
        any: { nullable: true },
      },
      $defs: { at: { type: 'object', properties: { x: string } } },
    },
    lowered: {
      type: 'object',
      properties: {
        at: { type: ['object', 'null'], properties: { x: string } },
        by: { type: ['object', 'null'], properties: { x: string } },
        of: { anyOf: [string, { type: 'integer' }, { type: 'null' }] },
        any: {},
      },
    },
  },
  {
    name: 'makes a union of several types, each with its own limits',
    given: { type: ['string', 'array', 'null'], items: string, minItems: 2, description: 'D' },
    lowered: {
      anyOf: [
        { type: 'string', description: 'D' },
        { type: 'array', items: string, minItems: 2, description: 'D' },
        { type: 'null' },
      ],
    },
  },
  {
    name: 'moves what stands beside a union into each branch',
    given: {
      type: 'object',
      description: 'D',
      properties: { kind: string },
      required: ['kind'],
      oneOf: [{ properties: { a: string }, required: ['a'] }, { properties: { b: string } }],
    },
    lowered: {
      anyOf: [
        {
          type: 'object',
          properties: { a: string, kind: string },
          required: ['a', 'kind'],
          description: 'D',
        },
        {
          type: 'object',
          properties: { b: string, kind: string },
          required: ['kind'],
          description: 'D',
        },
      ],
    },
  },
  {
    name: 'makes one union of a union in a union',
    given: { anyOf: [{ anyOf: [string, { type: 'integer' }] }, { type: 'boolean' }] },
    lowered: { anyOf: [string, { type: 'integer' }, { type: 'boolean' }] },
  },
  { name: 'drops a union of one', given: { anyOf: [string] }, lowered: string },
  {
    name: 'keeps the first of two unions at one place',
    given: {
      anyOf: [string, { type: 'integer' }],
      oneOf: [{ type: 'boolean' }, { type: 'number' }],
    },
    lowered: { anyOf: [string, { type: 'integer' }] },
    weakened: ['anyOf'],
  },
  {
    name: 'merges allOf',
    given: {
      allOf: [
        { type: 'object', properties: { a: string }, required: ['a'] },
        { properties: { b: { type: 'number' }, a: { description: 'D' } }, required: ['b'] },
      ],
    },
    lowered: {
      type: 'object',
      properties: { a: { type: 'string', description: 'D' }, b: { type: 'number' } },
      required: ['a', 'b'],
    },
  },
  {
    name: 'merges limits to the tighter',
    given: {
      allOf: [
        { type: 'number', minimum: 1, maximum: 9 },
        { type: 'integer', minimum: 3, maximum: 12 },
      ],
    },
    lowered: { type: 'integer', minimum: 3, maximum: 9 },
  },
  {
    name: 'says so where allOf cannot be',
    given: { allOf: [string, { type: 'integer' }] },
    lowered: string,
    weakened: ['type'],
  },
  {
    name: 'makes a choice of const',
    given: { const: 'a' },
    lowered: { type: 'string', enum: ['a'] },
  },
  {
    name: 'keeps numbers to choose from',
    given: { enum: [1, 2] },
    lowered: { type: 'integer', enum: [1, 2] },
  },
  {
    name: 'parts choices of different types',
    given: { enum: ['a', 1.5, null] },
    lowered: {
      anyOf: [{ type: 'string', enum: ['a'] }, { type: 'number', enum: [1.5] }, { type: 'null' }],
    },
  },
  {
    name: 'takes null out of the choices',
    given: { type: ['string', 'null'], enum: ['a', null] },
    lowered: { type: ['string', 'null'], enum: ['a'] },
  },
  {
    name: 'cannot hold a truth value to one',
    given: { const: true },
    lowered: { type: 'boolean' },
    weakened: ['enum'],
  },
  {
    name: 'needs no choice of both truth values',
    given: { enum: [true, false] },
    lowered: { type: 'boolean' },
  },
  {
    name: 'turns exclusive limits of whole numbers into inclusive ones',
    given: { type: 'integer', exclusiveMinimum: 0, exclusiveMaximum: 10, minimum: -5 },
    lowered: { type: 'integer', minimum: 1, maximum: 9 },
  },
  {
    name: 'loosens exclusive limits of other numbers',
    given: { type: 'number', exclusiveMinimum: 0 },
    lowered: { type: 'number', minimum: 0 },
    weakened: ['exclusiveMinimum'],
  },
  {
    name: 'reads the exclusive limits of draft 4',
    given: { type: 'integer', minimum: 0, exclusiveMinimum: true },
    lowered: { type: 'integer', minimum: 1 },
  },
  {
    name: 'leaves out and reports what Gemini does not know',
    given: { type: 'string', pattern: '^a', minLength: 1, format: 'email', not: { const: 'b' } },
    lowered: string,
    weakened: ['format', 'minLength', 'not', 'pattern'],
  },
  {
    name: 'leaves out in silence what only describes',
    given: {
      $schema: 's',
      $id: 'i',
      default: 'a',
      examples: ['a'],
      readOnly: true,
      'x-order': 1,
      ...string,
    },
    lowered: string,
  },
  {
    name: 'keeps the formats of times',
    given: { type: 'string', format: 'date-time' },
    lowered: { type: 'string', format: 'date-time' },
  },
  {
    name: 'gives a list open items',
    given: { type: 'array' },
    lowered: { type: 'array', items: {} },
  },
  {
    name: 'reads the tuples of older drafts',
    given: { type: 'array', items: [string, { type: 'number' }], additionalItems: false },
    lowered: { type: 'array', prefixItems: [string, { type: 'number' }] },
  },
  {
    name: 'keeps the schema of further properties',
    given: { additionalProperties: { type: 'array' } },
    lowered: { type: 'object', additionalProperties: { type: 'array', items: {} } },
  },
  {
    name: 'requires only properties that there are',
    given: { type: 'object', properties: { a: string }, required: ['a', 'b', 3] },
    lowered: { type: 'object', properties: { a: string }, required: ['a'] },
    weakened: ['required'],
  },
  {
    name: 'keeps a property by an odd name',
    given: JSON.parse('{"type":"object","properties":{"__proto__":{"type":"string"}}}'),
    lowered: JSON.parse('{"type":"object","properties":{"__proto__":{"type":"string"}}}'),
  },
  {
    name: 'opens a schema that is true',
    given: { type: 'object', properties: { a: true } },
    lowered: { type: 'object', properties: { a: {} } },
  },
  {
    name: 'cannot forbid by a schema that is false',
    given: { type: 'object', properties: { a: false } },
    lowered: { type: 'object', properties: { a: {} } },
    weakened: ['false'],
  },
  { name: 'opens what is no schema', given: 'string', lowered: {} },
]

describe('lowerSchema', () => {
  test.each(cases)('$name', ({ given, lowered, weakened = [] }) => {
    const before = JSON.stringify(given)
    const result = lowerSchema(given)
    expect(result.schema).toEqual(lowered)
    expect(result.weakened).toEqual(weakened)
    expect(JSON.stringify(given)).toBe(before)
  })

  test('gives a lowered schema back as it is', () => {
    for (const { given } of cases) {
      const { schema } = lowerSchema(given)
      expect(lowerSchema(schema)).toMatchObject({ schema, weakened: [] })
    }
  })

  test('stops where references among themselves would grow without end', () => {
    const names = Array.from({ length: 25 }, (_, at) => `d${at}`)
    const properties = Object.fromEntries(names.map((name) => [name, { $ref: `#/$defs/${name}` }]))
    const $defs = Object.fromEntries(names.map((name) => [name, { type: 'object', properties }]))
    const { schema, weakened, grown } = lowerSchema({ $ref: '#/$defs/d0', $defs }, 500)
    expect(weakened).toEqual(['$ref', 'size'])
    expect(grown).toBe(500)
    expect(JSON.stringify(schema).length).toBeLessThan(50_000)
  })

  test('stops where unions would multiply without end', () => {
    const properties = Object.fromEntries(
      Array.from({ length: 50 }, (_, at) => [`p${at}`, { type: 'string' }]),
    )
    const anyOf = Array.from({ length: 50 }, (_, at) => ({ required: [`p${at}`] }))
    const { weakened, grown } = lowerSchema({ type: 'object', properties, anyOf }, 500)
    expect(weakened).toContain('size')
    expect(grown).toBeLessThanOrEqual(600)
  })

  test('leaves a large schema without references whole', () => {
    const properties = Object.fromEntries(
      Array.from({ length: 6000 }, (_, at) => [`p${at}`, { type: 'string' }]),
    )
    expect(lowerSchema({ type: 'object', properties }, 0)).toEqual({
      schema: { type: 'object', properties },
      weakened: [],
      grown: 0,
    })
  })

  test('opens what is nested too deeply', () => {
    let schema: object = { type: 'string' }
    for (let depth = 0; depth < 2000; depth++) schema = { type: 'array', items: schema }
    expect(lowerSchema(schema).weakened).toEqual(['size'])
  })
})
