import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../../test/support/runs.ts'
import { z } from 'zod'
import { compileGuard } from '../../src/validation/compile-guard.ts'
import { routes } from '../../src/dialects/openai-routes.ts'

const schemas = Object.entries(routes).flatMap(([path, { schema }]) =>
  schema === undefined ? [] : [{ path, schema }],
)
const schemaOf = (path: string) => routes[path]!.schema!

const text = fc.constantFrom('', 'a', 'hi', '😀', 'gpt-4o', 'a b', '../x', 'x'.repeat(600))
const awkward = fc.oneof(
  text,
  fc.constantFrom<unknown>(
    undefined,
    null,
    true,
    -3,
    -1,
    0,
    -0,
    0.5,
    1,
    2,
    3,
    1e12,
    2 ** 53,
    NaN,
    Infinity,
    [],
    {},
  ),
  fc.constantFrom<unknown>(
    [[]],
    [null],
    [0, 1],
    ['a'],
    [''],
    { type: 1 },
    new Date(0),
    new Map(),
    () => 1,
  ),
)
const mostly = (usual: fc.Arbitrary<unknown>) => fc.oneof({ weight: 12, arbitrary: usual }, awkward)
const some = (fields: Record<string, fc.Arbitrary<unknown>>) =>
  fc.record(fields, { requiredKeys: [] })
const few = (item: fc.Arbitrary<unknown>) => fc.array(item, { maxLength: 3 })

const kind = mostly(
  fc.constantFrom(
    'text',
    'refusal',
    'image_url',
    'file',
    'video',
    'message',
    'function_call',
    'reasoning',
    'function',
  ),
)
const part = some({
  type: kind,
  text: mostly(text),
  image_url: mostly(some({ url: mostly(text) })),
  file: awkward,
})
const content = mostly(fc.oneof(text, few(mostly(part))))
const definition = mostly(
  some({ name: mostly(text), arguments: mostly(text), parameters: mostly(fc.constant({})) }),
)
const message = some({
  role: mostly(fc.constantFrom('system', 'developer', 'user', 'assistant', 'tool', 'function')),
  type: kind,
  content,
  name: mostly(text),
  tool_calls: mostly(few(some({ id: mostly(text), type: kind, function: definition }))),
  tool_call_id: mostly(text),
  call_id: mostly(text),
  output: content,
  summary: content,
})
const FIELDS: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  model: mostly(fc.constant('gpt-4o')),
  messages: mostly(few(message)),
  input: mostly(fc.oneof(text, few(message), few(part), few(text), few(fc.nat()))),
  prompt: mostly(fc.oneof(text, few(text), few(fc.nat()), few(few(fc.nat())))),
  voice: mostly(fc.constant('alloy')),
  tools: mostly(few(some({ type: kind, name: text, function: definition }))),
  tool_choice: mostly(fc.oneof(fc.constantFrom('auto', 'none'), some({ type: kind }))),
  response_format: mostly(fc.oneof(fc.constantFrom('json', 'wav'), some({ type: kind }))),
}

/** Params that have about the form that a schema asks for. */
function params(schema: z.ZodObject): fc.Arbitrary<unknown> {
  const names = Object.keys(schema.shape)
  return fc
    .tuple(
      fc.record(
        Object.fromEntries(
          names.filter((name) => name in FIELDS).map((name) => [name, FIELDS[name]!]),
        ),
        {
          requiredKeys: ['model', 'messages', 'input', 'prompt', 'voice'].filter((name) =>
            names.includes(name),
          ),
        },
      ),
      fc.dictionary(fc.constantFrom(...names, 'unknown'), awkward, { maxKeys: 2 }),
    )
    .map(([fields, more]) => ({ ...fields, ...more }))
}

describe('the plain form of params', () => {
  it.each(schemas)('is recognised at $path only where the schema is satisfied', ({ schema }) => {
    const isPlain = compileGuard(schema)
    const fields = Object.entries<z.ZodType>(schema.shape)
    const forms = new Map(fields.map(([name, field]) => [name, compileGuard(field)]))
    fc.assert(
      fc.property(fc.oneof(params(schema), awkward), (value) => {
        if (isPlain(value)) expect(schema.safeParse(value).success).toBe(true)
        if (typeof value !== 'object' || value === null) return
        for (const [name, field] of fields) {
          const member = (value as Record<string, unknown>)[name]
          if (forms.get(name)!(member))
            expect([name, member, field.safeParse(member).success]).toContain(true)
        }
      }),
      { numRuns: runs(1000) },
    )
  })

  const user = { role: 'user', content: 'hi' }
  const called = {
    role: 'assistant',
    content: null,
    tool_calls: [{ id: 'c', function: { name: 'f', arguments: '' } }],
  }
  const picture = { type: 'image_url', image_url: { url: 'https://example.com/a.png' } }
  it.each<[string, object]>([
    [
      '/chat/completions',
      { model: 'm', messages: [{ role: 'system', content: '' }, user], stream: true, n: 1 },
    ],
    [
      '/chat/completions',
      { model: 'm', messages: [user, called, { role: 'tool', tool_call_id: 'c', content: 'x' }] },
    ],
    [
      '/chat/completions',
      { model: 'm', messages: [{ role: 'user', content: [picture], vendor: 1 }], top_p: 0.5 },
    ],
    [
      '/chat/completions',
      { model: 'm', messages: [user], tools: [{ type: 'function', function: { name: 'f' } }] },
    ],
    ['/embeddings', { model: 'm', input: ['a', 'b'], encoding_format: 'base64' }],
    ['/completions', { model: 'm', prompt: [[1, 2]], max_tokens: 0 }],
    ['/responses', { model: 'm', input: [user], store: false, temperature: null }],
    ['/moderations', { input: 'hi' }],
  ])('is that of an ordinary request to %s', (path, body) => {
    expect(compileGuard(schemaOf(path))(body)).toBe(true)
  })

  it.each<[string, z.ZodType, unknown]>([
    ['a value that would be changed', z.string().trim(), 'a'],
    ['a value that would be converted', z.coerce.number(), 1],
    ['a format that has rules of its own', z.url(), 'https://example.com'],
    ['an expression that remembers where it was', z.string().regex(/a/g), 'a'],
    ['an object that may have no other members', z.strictObject({}), {}],
    ['a check of unknown kind', z.number().multipleOf(2), 2],
    ['a text that may be too short in characters', z.string().min(3), '😀😀'],
    ['a form without a rule', z.record(z.string(), z.number()), { a: 1 }],
  ])('is not that of %s', (_what, schema, value) => {
    expect(compileGuard(schema)(value)).toBe(false)
  })
})
