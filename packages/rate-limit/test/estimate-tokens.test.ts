import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { estimateTokens, textTokens } from '../src/estimate-tokens.ts'

const MB = 1024 * 1024
const chat = (content: unknown, more: object = {}) => ({
  model: 'gpt-5',
  messages: [{ role: 'user', content }],
  ...more,
})
const prompt = (params: unknown) => estimateTokens(params, 1024).prompt
const completion = (params: unknown) => estimateTokens(params, 1024).completion
/** What a message costs beside its content. */
const FRAME = prompt(chat('')) - 1

test.each([
  ['', 0],
  ['a', 1],
  ['four', 1],
  ['five!', 2],
  ['好', 1],
  ['好好', 2],
  ['👩‍💻', 3],
  ['<|endoftext|>', 4],
])('the text %j is %d tokens', (text, tokens) => {
  expect(textTokens(text)).toBe(tokens)
})

describe('a prompt', () => {
  test.each<[string, unknown, number]>([
    ['a text', 'x'.repeat(4000), 1000],
    ['text in parts', [{ type: 'text', text: 'x'.repeat(4000) }], 1000],
    [
      'a picture by address',
      [{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }],
      1000,
    ],
    [
      'a picture by its data',
      [{ type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(MB)}` } }],
      1000,
    ],
    [
      'a sound',
      [{ type: 'input_audio', input_audio: { data: 'A'.repeat(MB), format: 'wav' } }],
      1000,
    ],
    [
      'a file',
      [{ type: 'file', file: { file_data: `data:application/pdf;base64,${'A'.repeat(MB)}` } }],
      2000,
    ],
    [
      'a part of a kind yet unknown',
      [{ type: 'hologram', source: `data:x/y;base64,${'A'.repeat(MB)}` }],
      2000,
    ],
  ])('counts %s', (_what, content, tokens) => {
    expect(prompt(chat(content))).toBeGreaterThanOrEqual(tokens)
    expect(prompt(chat(content))).toBeLessThan(tokens + 20)
  })

  test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'image_url'])(
    'is not hidden by a message that claims to be of the type %s',
    (type) => {
      const estimate = estimateTokens(
        { messages: [{ type, role: 'user', content: 'x'.repeat(40_000) }] },
        1024,
      )
      expect(estimate.prompt).toBeGreaterThanOrEqual(10_000)
      expect(Number.isSafeInteger(estimate.prompt)).toBe(true)
    },
  )

  test.each(['constructor', '__proto__', 'toString'])(
    'is a number whatever the type of its parts: %s',
    (type) => {
      expect(Number.isSafeInteger(prompt(chat([{ type, text: 'hello' }])))).toBe(true)
    },
  )

  test('counts text that only begins like data as text', () => {
    const text = `data:${'x'.repeat(MB)}`
    expect(prompt(chat(text))).toBeGreaterThan(MB / 4)
    expect(prompt(chat([{ type: 'text', text }]))).toBeGreaterThan(MB / 4)
    expect(prompt({ model: 'e', input: text })).toBeGreaterThan(MB / 4)
  })

  test('grows with every message, tool, schema and call in it', () => {
    const base = prompt(chat('hello'))
    const schema = {
      type: 'object',
      properties: { city: { type: 'string', description: 'Where it rains' } },
    }
    const tools = [
      {
        type: 'function',
        function: { name: 'weather', description: 'Tells it', parameters: schema },
      },
    ]
    const format = { type: 'json_schema', json_schema: { name: 'weather', schema } }
    expect(prompt(chat('hello', { tools }))).toBeGreaterThan(base + 15)
    expect(prompt(chat('hello', { response_format: format }))).toBeGreaterThan(base + 15)
    const called = {
      role: 'assistant',
      tool_calls: [
        { id: 'a', type: 'function', function: { name: 'f', arguments: 'x'.repeat(400) } },
      ],
    }
    expect(prompt({ messages: [...chat('hello').messages, called] })).toBeGreaterThan(base + 100)
  })

  test.each<[string, unknown, number]>([
    ['one input', { input: 'x'.repeat(400) }, 100],
    ['several inputs', { input: ['x'.repeat(400), 'x'.repeat(400)] }, 200],
    ['token ids', { input: Array.from({ length: 500 }, (_, id) => id) }, 500],
    ['lists of token ids', { input: [[1, 2, 3], Array.from({ length: 500 }, (_, id) => id)] }, 503],
    ['a completion prompt', { prompt: 'x'.repeat(400) }, 100],
    [
      'pictures that are sent as files',
      { prompt: 'hi', image: [{ size: 9e6 }, { size: 9e6 }], mask: { size: 9e6 } },
      3000,
    ],
    ['a sound that is sent as a file', { file: { filename: 'a.wav', size: 9e6 } }, 1000],
    ['instructions', { instructions: 'x'.repeat(400), input: 'hi' }, 100],
  ])('counts %s', (_what, params, tokens) => {
    expect(prompt(params)).toBeGreaterThanOrEqual(tokens)
    expect(prompt(params)).toBeLessThan(tokens + 10)
  })

  test.each([
    undefined,
    null,
    1,
    'x',
    [],
    {},
    { messages: [] },
    { messages: null },
    { input: '' },
    { previous_response_id: 'resp_1' },
  ])('is never free: %j', (params) => {
    expect(prompt(params)).toBeGreaterThanOrEqual(1)
  })

  test('costs the same whatever is in the params that no model reads', () => {
    expect(prompt(chat('hi', { metadata: { a: 'x'.repeat(MB) }, user: 'x'.repeat(MB) }))).toBe(
      prompt(chat('hi')),
    )
  })

  test('is never less than its text, whatever JSON it is made of', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), (noise, text) => {
        const estimate = estimateTokens(
          { messages: [noise, { role: 'user', content: text }] },
          1024,
        )
        expect(estimate.prompt).toBeGreaterThanOrEqual(textTokens(text) + FRAME - 1)
        expect(Number.isSafeInteger(estimate.prompt)).toBe(true)
      }),
    )
  })
})

describe('a long text', () => {
  const jsonBytes = (params: unknown) => Buffer.byteLength(JSON.stringify(params))
  const counted = (params: unknown, bodyBytes?: number) =>
    estimateTokens(params, 1024, bodyBytes).prompt

  test.each<[string, object]>([
    ['of plain English', chat('word '.repeat(40_000))],
    [
      'in two messages',
      { messages: ['a', 'b'].map((one) => ({ role: 'user', content: one.repeat(100_000) })) },
    ],
    ['with an accent now and then', chat(`${'a'.repeat(99)}é`.repeat(2000))],
  ])('%s is counted by the length of its body, which is nearly all its own', (_what, params) => {
    const exact = counted(params)
    expect(counted(params, jsonBytes(params))).toBeGreaterThanOrEqual(exact - FRAME)
    expect(counted(params, jsonBytes(params))).toBeLessThan(exact * 1.07)
  })

  test.each<[string, object]>([
    ['in Chinese', chat('好'.repeat(70_000))],
    ['beside a picture', chat('a'.repeat(70_000), { user: 'A'.repeat(MB) })],
  ])('%s is counted by itself', (_what, params) => {
    expect(counted(params, jsonBytes(params))).toBe(counted(params))
  })
})

describe("a prompt in Gemini's form", () => {
  const contents = (...parts: unknown[]) => ({ contents: [{ role: 'user', parts }] })
  test.each<[string, object, number]>([
    ['contents', contents({ text: 'x'.repeat(4000) }), 1000],
    ['an instruction', { systemInstruction: { parts: [{ text: 'x'.repeat(4000) }] } }, 1000],
    ['a picture', contents({ inlineData: { mimeType: 'image/png', data: 'A'.repeat(MB) } }), 2000],
    [
      'what hides as one',
      contents({
        functionCall: { args: { inlineData: { mimeType: 'a', text: 'x'.repeat(4000) } } },
      }),
      1000,
    ],
  ])('counts %s', (_what, params, tokens) => {
    expect(prompt(params)).toBeGreaterThanOrEqual(tokens)
    expect(prompt(params)).toBeLessThan(tokens + 20)
  })
})

describe('a completion', () => {
  test.each<[string, object, number]>([
    ['the default', {}, 1024],
    ['max_tokens', { max_tokens: 50 }, 50],
    ['max_completion_tokens before max_tokens', { max_completion_tokens: 70, max_tokens: 50 }, 70],
    ['max_output_tokens', { max_output_tokens: 60 }, 60],
    ["Gemini's setting", { generationConfig: { maxOutputTokens: 50, candidateCount: 2 } }, 100],
    ['each choice', { max_tokens: 50, n: 3 }, 150],
    ['each choice by default', { n: 3 }, 3072],
    ['each text of a legacy completion', { prompt: ['a', 'b'], max_tokens: 50, n: 3 }, 300],
    ['token ids as one text', { prompt: [1, 2, 3], max_tokens: 50 }, 50],
    ['what no model could write as the most it could', { max_tokens: 1e9 }, 131_072],
    ['more choices than there can be as the most there can', { max_tokens: 1, n: 1e9 }, 128],
    ['nonsense as if it were not there', { max_tokens: Number.NaN, n: -1 }, 1024],
    ['an infinite one as if it were not there', { max_tokens: Infinity, n: 0 }, 1024],
    ['a text as if it were not there', { max_tokens: '50', n: '2' }, 1024],
    [
      'null as if it were not there',
      { max_tokens: null, max_completion_tokens: null, n: null },
      1024,
    ],
  ])('counts %s', (_what, more, tokens) => {
    expect(completion(chat('hi', more))).toBe(tokens)
  })
})

describe('20 MB', () => {
  const twenty = 20 * MB
  const parse = (json: string) => JSON.parse(json) as unknown
  const repeated = (json: string) =>
    parse(`[${`${json},`.repeat(Math.floor(twenty / (json.length + 1)) - 1)}${json}]`)

  test.each<[string, () => unknown]>([
    ['one letter', () => chat('a'.repeat(twenty))],
    ['spaces', () => chat(' '.repeat(twenty))],
    ['Chinese', () => chat('好'.repeat(twenty / 3))],
    ['joined emoji', () => chat('👩‍💻'.repeat(twenty / 11))],
    [
      'a picture',
      () =>
        chat([
          { type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(twenty)}` } },
        ]),
    ],
    ['tiny parts', () => chat(repeated('{"type":"text","text":"a"}'))],
    ['small objects', () => chat(repeated('{"a":1}'))],
    ['one-letter inputs', () => ({ input: repeated('"a"') })],
    ['token ids', () => ({ input: repeated('1') })],
    [
      'a schema as deep as it is long',
      () => ({ tools: parse('['.repeat(100_000) + ']'.repeat(100_000)) }),
    ],
  ])('of %s are counted within 50 ms', (_what, make) => {
    const params = make()
    const times = Array.from({ length: 5 }, () => {
      const begin = performance.now()
      estimateTokens(params, 1024)
      return performance.now() - begin
    })
    expect(Math.min(...times)).toBeLessThan(50)
  })
})
