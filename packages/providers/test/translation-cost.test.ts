import { describe, expect, it } from 'vitest'
import type { ChatCompletionCreateParams, ChatCompletionMessageParam } from '@sluice/core/wire'
import { anthropicSpec } from '@sluice/providers/anthropic'
import { geminiSpec } from '@sluice/providers/gemini'
import { jsonBody } from '../src/request/request-body.ts'

type Changes = Partial<ChatCompletionCreateParams>

/**
 * Twice the input takes twice the time and what collecting garbage adds; a scan within a scan would
 * take four times.
 */
const MAX_GROWTH = 3

const DIALECTS = [
  ['anthropic', anthropicSpec(), 'claude-sonnet-4-5'],
  ['anthropic', anthropicSpec(), 'claude-3-5-haiku-latest'],
  ['gemini', geminiSpec(), 'gemini-2.5-flash'],
  ['gemini', geminiSpec(), 'gemini-3-pro-preview'],
] as const

const string = { type: 'string' }
const object = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more })
const many = <T>(length: number, make: (index: number) => T): T[] =>
  Array.from({ length }, (_, index) => make(index))
const named = <T>(length: number, make: (index: number) => [string, T]): Record<string, T> =>
  Object.fromEntries(many(length, make))
const user = (
  content: ChatCompletionMessageParam['content'] = 'Hi',
): ChatCompletionMessageParam => ({
  role: 'user',
  content,
})
const tool = (name: string, parameters?: object, more: object = {}) => ({
  type: 'function' as const,
  function: {
    name,
    ...(parameters === undefined ? {} : { parameters: parameters as Record<string, unknown> }),
    ...more,
  },
})
const call = (id: string, input: string) => ({
  role: 'assistant' as const,
  content: null,
  tool_calls: [{ id, type: 'function' as const, function: { name: 'f', arguments: input } }],
})
const result = (id: string, content: string): ChatCompletionMessageParam => ({
  role: 'tool',
  tool_call_id: id,
  content,
})
const toolResult = (content: string): Changes => ({
  messages: [user(), call('c', '{}'), result('c', content)],
})
const picture = (url: string): Changes => ({
  messages: [user([{ type: 'image_url', image_url: { url } }])],
})
const schema = (parameters: object, more?: object): Changes => ({
  tools: [tool('f', parameters, more)],
})
const sign = (index: number) =>
  String.fromCodePoint(0x4e00 + (index % 20_000)) +
  String.fromCodePoint(0x4e00 + Math.floor(index / 20_000))

const INPUTS: readonly (readonly [string, (size: number) => Changes, number])[] = [
  [
    'a tool result of JSON',
    (n) => toolResult(`{${many(n, (at) => `"k${at}": 1`).join()}}`),
    300_000,
  ],
  ['a tool result of blanks', (n) => toolResult(`{${' '.repeat(n)}`), 2e6],
  [
    'tool results in great number',
    (n) => ({
      messages: [
        user(),
        ...many(n, (at) => [call(`c${at}`, '{}'), result(`c${at}`, '{"a": 1}')]).flat(),
      ],
    }),
    5000,
  ],
  [
    'results for calls of one id',
    (n) => ({
      messages: [
        user(),
        {
          role: 'assistant',
          content: null,
          tool_calls: many(n, () => call('c', '{}').tool_calls[0]!),
        },
        ...many(n, () => result('c', 'x')),
      ],
    }),
    5000,
  ],
  [
    'arguments of one long string',
    (n) => ({
      messages: [user(), call('c', `{"a b":"${'\\"x'.repeat(n)}"}`)],
      tools: [tool('f', object({ 'a b': string }))],
    }),
    500_000,
  ],
  ['arguments of blanks', (n) => ({ messages: [user(), call('c', `${' '.repeat(n)}x`)] }), 2e6],
  [
    'data with a blank behind each sign',
    (n) => picture(`data:image/png;base64,${'A '.repeat(n)}`),
    3e6,
  ],
  ['data that is percent-encoded', (n) => picture(`data:image/png;base64,${'%41'.repeat(n)}`), 1e6],
  [
    'data in lines',
    (n) => picture(`data:image/jpeg;base64,${'AAAAAAAAAAAA\r\n'.repeat(n)}`),
    400_000,
  ],
  ['an address of dots', (n) => picture(`https://images.example/${'a.'.repeat(n)}`), 1e6],
  [
    'texts of blanks',
    (n) => ({
      messages: [
        user(' '.repeat(n)),
        user('x'),
        { role: 'assistant', content: `x${' '.repeat(n)}y ` },
      ],
    }),
    1e6,
  ],
  [
    'messages in great number',
    (n) => ({
      messages: many(n, (at) => (at % 2 === 0 ? user() : { role: 'assistant', content: 'y' })),
    }),
    10_000,
  ],
  [
    'tools in great number',
    (n) => ({ tools: many(n, (at) => tool(`f${at}`, object({ a: string }))) }),
    3000,
  ],
  [
    'tools whose names become one',
    (n) => ({
      tools: [...many(n, (at) => tool(`__${at + 2}`)), ...many(n, (at) => tool(sign(at)))],
    }),
    3000,
  ],
  ['a long name', (n) => ({ tools: [tool('é'.repeat(n))] }), 1e6],
  ['properties in great number', (n) => schema(object(named(n, (at) => [`k${at}`, string]))), 6000],
  [
    'properties whose names become one',
    (n) => schema(object(named(2 * n, (at) => (at < n ? [`__${at + 2}`, {}] : [sign(at), {}])))),
    3000,
  ],
  [
    'alternatives in great number',
    (n) => schema({ anyOf: many(n, (at) => object({ [`p${at}`]: string, kind: { const: at } })) }),
    2000,
  ],
  [
    'references in great number',
    (n) =>
      schema(
        object(
          named(n, (at) => [`k${at}`, { $ref: `#/$defs/A` }]),
          { $defs: { A: string } },
        ),
      ),
    3000,
  ],
  [
    'a chain of references',
    (n) =>
      schema(
        object(
          { a: { $ref: '#/$defs/d0' } },
          { $defs: named(n, (at) => [`d${at}`, { $ref: `#/$defs/d${at + 1}` }]) },
        ),
        { strict: true },
      ),
    3000,
  ],
  [
    'choices in great number',
    (n) => schema(object({ a: { allOf: [{ enum: many(n, String) }, { enum: many(n, String) }] } })),
    20_000,
  ],
  ['stops of blanks', (n) => ({ stop: many(n, () => ' ') }), 20_000],
  ['a user who is a number without end', (n) => ({ user: '4-'.repeat(n) }), 500_000],
]

describe('translation', () => {
  describe.each(DIALECTS)('to %s', (_id, spec, model) => {
    const cost = (changes: Changes): number => {
      const params = { model, messages: [user()], ...changes }
      const context = { model, stream: true }
      let best = Infinity
      for (let run = 0; run < 4; run++) {
        const before = performance.now()
        spec.chat!.encode(params, context)
        spec.chat!.decoder(params, context)
        best = Math.min(best, performance.now() - before)
      }
      return best
    }

    it.each(INPUTS)(`of %s takes time in proportion (${model})`, (_name, make, size) => {
      // The least of all tries: the machine may be busy with something else for a while.
      let once = Infinity
      let twice = Infinity
      let growth = Infinity
      for (let tries = 0; tries < 10 && growth > MAX_GROWTH; tries++) {
        once = Math.min(once, cost(make(size)))
        twice = Math.min(twice, cost(make(2 * size)))
        growth = twice < 5 ? 1 : twice / once
      }
      expect(growth).toBeLessThanOrEqual(MAX_GROWTH)
    })

    it.each<[string, (levels: number) => object]>([
      [
        'properties',
        (levels) =>
          nested(levels, (inner) => object({ a: inner }, { additionalProperties: false })),
      ],
      ['items', (levels) => nested(levels, (items) => ({ type: 'array', items }))],
      ['unions', (levels) => nested(levels, (inner) => ({ anyOf: [inner] }))],
      ['parts', (levels) => nested(levels, (inner) => ({ allOf: [inner, {}] }))],
    ])('cuts schemas of %s inside each other without end', (_name, make) => {
      const deep = make(100_000)
      for (const changes of [
        schema(deep),
        schema(deep, { strict: true }),
        {
          response_format: {
            type: 'json_schema' as const,
            json_schema: { name: 'a', schema: { not: deep } },
          },
        },
      ]) {
        const params = { model, messages: [user()], ...changes }
        const { body } = spec.chat!.encode(params, { model, stream: false })
        expect(JSON.stringify(body).length).toBeLessThan(100_000)
      }
    })

    it('keeps a schema small that a few references would blow up', () => {
      const definitions = named(60, (at) => {
        const next = { $ref: `#/$defs/d${at + 1}` }
        return [
          `d${at}`,
          object({ left: next, right: next, either: { anyOf: [next, { $ref: '#' }] } }),
        ]
      })
      const bomb = { type: 'object', properties: { a: { $ref: '#/$defs/d0' } }, $defs: definitions }
      for (const strict of [true, false]) {
        const params = { model, messages: [user()], ...schema(bomb, { strict }) }
        const before = performance.now()
        const { body } = spec.chat!.encode(params, { model, stream: false })
        expect(performance.now() - before).toBeLessThan(1000)
        expect(JSON.stringify(body).length).toBeLessThan(1_000_000)
      }
    })

    it('refuses a data URL whose parameters have no end, with its place', () => {
      const { messages } = picture(`data:image/png${';a=b'.repeat(1e6)};base64,AAAA`)
      expect(() =>
        spec.chat!.encode({ model, messages: messages! }, { model, stream: false }),
      ).toThrow(expect.objectContaining({ status: 400, param: 'messages[0].content[0]' }) as Error)
    })

    it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'])(
      'carries %s as a word like any other',
      (word) => {
        const properties = JSON.parse(
          `{"${word}":{"type":"${word}"},"a":{"enum":["${word}"]}}`,
        ) as object
        const params: ChatCompletionCreateParams = {
          model,
          messages: [
            user(),
            {
              role: 'assistant',
              content: null,
              tool_calls: [
                {
                  id: word,
                  type: 'function',
                  function: { name: word, arguments: `{"${word}":{"${word}":1}}` },
                },
              ],
            },
            result(word, `{"${word}":1}`),
          ],
          tools: [
            tool(word, { anyOf: [object(properties), object(properties, { required: [word] })] }),
          ],
          tool_choice: { type: 'function', function: { name: word } },
          reasoning_effort: word,
          service_tier: word,
          response_format: { type: word as never },
        }
        const body = JSON.stringify(spec.chat!.encode(params, { model, stream: false }).body)
        expect(body).toContain(`{"${word}":{"${word}":1}}`)
        expect(body).toContain(`"properties":{"${word}":`)
      },
    )
  })
})

describe('jsonBody', () => {
  it('refuses values inside each other without end', () => {
    const deep = JSON.parse(`${'['.repeat(200_000)}${']'.repeat(200_000)}`) as unknown
    expect(() => jsonBody({ deep })).toThrow(expect.objectContaining({ status: 400 }) as Error)
  })
})

function nested(levels: number, around: (inner: object) => object): object {
  let inner: object = string
  for (let level = 0; level < levels; level++) inner = around(inner)
  return inner
}
