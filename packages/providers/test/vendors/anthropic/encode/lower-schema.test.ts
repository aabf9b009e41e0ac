import { describe, expect, it } from 'vitest'
import { lowerSchema } from '../../../../src/vendors/anthropic/encode/lower-schema.ts'
import { deepFreeze } from '../../../dialect-answers.ts'

const string = { type: 'string' }
const closed = (properties: object, more: object = {}) => ({
  type: 'object',
  properties,
  additionalProperties: false,
  ...more,
})

function nested(levels: number): object {
  let schema: object = string
  for (let level = 0; level < levels; level++) schema = closed({ a: schema })
  return schema
}

function chain(links: number): object {
  const defs: Record<string, object> = { [`d${links}`]: string }
  for (let link = 0; link < links; link++)
    defs[`d${link}`] = closed({ a: { $ref: `#/$defs/d${link + 1}` } })
  return { $ref: '#/$defs/d0', $defs: defs }
}

describe('lowerSchema', () => {
  it.each<[string, object, object]>([
    [
      'closes objects, however deep',
      { type: 'object', properties: { a: { properties: { b: string } } } },
      closed({ a: closed({ b: string }) }),
    ],
    [
      'keeps what can be held',
      closed(
        { a: { type: ['string', 'null'], enum: ['x', null], title: 'A' } },
        { required: ['a'] },
      ),
      closed(
        { a: { type: ['string', 'null'], enum: ['x', null], title: 'A' } },
        { required: ['a'] },
      ),
    ],
    [
      'tells the limits that cannot be held',
      { type: 'number', minimum: 1, multipleOf: 2, description: 'Even.' },
      { type: 'number', description: 'Even. {minimum: 1, multipleOf: 2}' },
    ],
    [
      'keeps the formats that can be held',
      {
        anyOf: [
          { ...string, format: 'date' },
          { ...string, format: 'iban' },
        ],
      },
      {
        anyOf: [
          { ...string, format: 'date' },
          { ...string, description: '{format: "iban"}' },
        ],
      },
    ],
    [
      'says anyOf for oneOf',
      { oneOf: [string, { type: 'null' }] },
      { anyOf: [string, { type: 'null' }] },
    ],
    [
      'looks into lists',
      { type: 'array', items: { type: 'object', properties: {} }, minItems: 1, maxItems: 3 },
      { type: 'array', items: closed({}), minItems: 1, description: '{maxItems: 3}' },
    ],
    [
      'tells longer lists',
      { type: 'array', items: string, minItems: 2 },
      { type: 'array', items: string, description: '{minItems: 2}' },
    ],
    [
      'keeps references and closes what they mean',
      {
        $schema: 'http://json-schema.org/draft-07/schema#',
        $ref: '#/$defs/A~1B',
        $defs: { 'A/B': { type: 'object', properties: { s: string } } },
      },
      { $ref: '#/$defs/A~1B', $defs: { 'A/B': closed({ s: string }) } },
    ],
    [
      'keeps a definition that is used twice',
      { ...closed({ a: { $ref: '#/$defs/S' }, b: { $ref: '#/$defs/S' } }), $defs: { S: string } },
      { ...closed({ a: { $ref: '#/$defs/S' }, b: { $ref: '#/$defs/S' } }), $defs: { S: string } },
    ],
    [
      'puts the one member of an allOf in its place',
      {
        ...closed({ a: { allOf: [{ $ref: '#/$defs/S' }], description: 'One.', default: 'x' } }),
        $defs: { S: string },
      },
      {
        ...closed({ a: { $ref: '#/$defs/S', description: 'One.', default: 'x' } }),
        $defs: { S: string },
      },
    ],
  ])('%s', (_name, schema, expected) => {
    expect(lowerSchema(deepFreeze(schema) as Record<string, unknown>)?.schema).toEqual(expected)
  })

  it('counts what the vendor limits', () => {
    const lowered = lowerSchema({
      ...closed(
        { a: { $ref: '#/$defs/S' }, b: { anyOf: [string, { type: 'null' }] } },
        { required: ['a'] },
      ),
      $defs: { S: closed({ s: { type: ['string', 'null'] } }) },
    })
    expect(lowered?.cost).toEqual({ optional: 2, unions: 2 })
  })

  it('names what it could only tell', () => {
    const schema = closed({
      a: { type: 'string', pattern: '^x', maxLength: 3 },
      b: { type: 'string', maxLength: 5, format: 'iban' },
    })
    expect(lowerSchema(schema)?.weakened).toEqual(['pattern', 'maxLength', 'format'])
    expect(lowerSchema(closed({ a: string }))?.weakened).toEqual([])
  })

  it.each<[string, object]>([
    ['maps with free keys', { type: 'object', additionalProperties: string }],
    ['objects of any kind', { type: 'object' }],
    ['anything at all', closed({ a: {} })],
    ['a schema that is only yes', closed({ a: true })],
    ['recursion', { $ref: '#/$defs/N', $defs: { N: closed({ next: { $ref: '#/$defs/N' } }) } }],
    [
      'recursion by a detour',
      closed(
        { a: { $ref: '#/$defs/A' } },
        {
          $defs: {
            A: closed({ b: { $ref: '#/$defs/B' } }),
            B: closed({ a: { $ref: '#/$defs/A' } }),
          },
        },
      ),
    ],
    ['the root itself', closed({ again: { $ref: '#/properties/again' } })],
    ['references to elsewhere', closed({ a: { $ref: 'https://schemas.example/a.json' } })],
    ['references to nowhere', closed({ a: { $ref: '#/$defs/Ghost' } })],
    [
      'references into what is only told',
      closed({ a: { prefixItems: [string] }, b: { $ref: '#/properties/a/prefixItems/0' } }),
    ],
    ['objects to choose from', closed({ a: { enum: ['x', { y: 1 }] } })],
    ['lists to choose from', closed({ a: { const: ['x'] } })],
    ['words without a type', closed({ a: { title: 'A', description: 'Anything.' } })],
    [
      'parts that belong together',
      closed({ a: { allOf: [{ $ref: '#/$defs/S' }, string] } }, { $defs: { S: string } }),
    ],
    ['a part beside properties', closed({ a: string }, { allOf: [closed({ b: string })] })],
    [
      'alternatives beside properties',
      closed({ a: string }, { anyOf: [closed({ b: string }), closed({ c: string })] }),
    ],
    ['two unions', closed({ a: { anyOf: [string], oneOf: [string] } })],
    ['depths without end', nested(5000)],
    ['chains of references without end', chain(5000)],
  ])('gives up on %s', (_name, schema) => {
    expect(lowerSchema(schema as Record<string, unknown>)).toBeUndefined()
  })
})
