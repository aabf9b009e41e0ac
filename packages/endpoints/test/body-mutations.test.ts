import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { relayed } from './recorded.ts'

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

const VALID: Json = {
  model: 'gpt',
  messages: [
    { role: 'system', content: 'Be brief.' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'What is this? 你好 👩‍🚀' },
        { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
      ],
    },
    {
      role: 'assistant',
      content: null,
      tool_calls: [
        { id: 'call_1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } },
      ],
    },
    { role: 'tool', tool_call_id: 'call_1', content: 'done' },
  ],
  temperature: 0.7,
  max_tokens: 100,
  stop: ['\n', 'END'],
  tools: [
    {
      type: 'function',
      function: {
        name: 'f',
        parameters: { type: 'object', properties: { a: { type: 'number' } } },
      },
    },
  ],
  tool_choice: 'auto',
  response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'object' } } },
  logit_bias: { '50256': -100 },
  metadata: { trace: 'abc' },
}

/** Every place in a value, as the steps that lead there. */
function placesIn(
  value: Json,
  path: readonly (string | number)[] = [],
): (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [path]
  const inside = Array.isArray(value)
    ? value.flatMap((item, at) => placesIn(item, [...path, at]))
    : Object.entries(value).flatMap(([name, item]) => placesIn(item, [...path, name]))
  return path.length === 0 ? inside : [path, ...inside]
}

/** `by` gives the new members or items in place of the one at `path`. */
function changed(
  value: Json,
  path: readonly (string | number)[],
  by: (name: string, old: Json) => [string, Json][],
): Json {
  const [step, ...rest] = path
  if (typeof value !== 'object' || value === null) return value
  const replace = (name: string, old: Json): [string, Json][] =>
    name !== String(step)
      ? [[name, old]]
      : rest.length > 0
        ? [[name, changed(old, rest, by)]]
        : by(name, old)
  if (Array.isArray(value))
    return value.flatMap((item, at) => replace(String(at), item).map(([, one]) => one))
  return Object.fromEntries(Object.entries(value).flatMap(([name, item]) => replace(name, item)))
}

const awkward = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>,
  fc.string({ unit: 'binary' }),
  fc.constantFrom<Json>(
    '\u0000',
    '\ud800',
    '__proto__',
    -0,
    1e300,
    2 ** 53,
    [],
    {},
    '',
    'x'.repeat(5000),
  ),
)
const name = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('__proto__', 'constructor', 'toString', 'model', 'role', 'n'),
)

const change = fc.oneof(
  fc
    .record({ at: fc.nat(), value: awkward })
    .map(({ at, value }) => ({ at, by: (key: string): [string, Json][] => [[key, value]] })),
  fc.record({ at: fc.nat() }).map(({ at }) => ({ at, by: (): [string, Json][] => [] })),
  fc.record({ at: fc.nat(), name }).map(({ at, name }) => ({
    at,
    by: (_key: string, old: Json): [string, Json][] => [[name, old]],
  })),
  fc.record({ at: fc.nat(), name, value: awkward }).map(({ at, name, value }) => ({
    at,
    by: (key: string, old: Json): [string, Json][] => [
      [key, old],
      [name, value],
    ],
  })),
  fc.record({ at: fc.nat(), times: fc.integer({ min: 1, max: 80 }) }).map(({ at, times }) => ({
    at,
    by: (key: string, old: Json): [string, Json][] => [
      [key, Array.from({ length: times }).reduce<Json>((inner) => [inner], old)],
    ],
  })),
)

/** A valid body with one to three changes anywhere in it. */
const body = fc.array(change, { minLength: 1, maxLength: 3 }).map((changes) =>
  JSON.stringify(
    changes.reduce<Json>((value, { at, by }) => {
      const places = placesIn(value)
      return changed(value, places[at % places.length] ?? [], by)
    }, VALID),
  ),
)

/** The text of a valid body with bytes cut out of it, doubled or put in. */
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 4 }),
  fc.stringMatching(/^[a-z0-9 ]{1,4}$/).map((letters) => Buffer.from(letters)),
)
const text = fc
  .array(fc.record({ at: fc.nat(), cut: fc.constantFrom(0, 0, 0, 1, 8), put: bytes }), {
    minLength: 1,
    maxLength: 3,
  })
  .map((edits) =>
    edits.reduce(
      (bytes, { at, cut, put }) => {
        const from = at % bytes.length
        return Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(from + cut)])
      },
      Buffer.from(JSON.stringify(VALID)),
    ),
  )

describe('a chat body with anything done to it', () => {
  let up: Awaited<ReturnType<typeof relayed>>
  let outcomes = { served: 0, refused: 0 }
  beforeAll(async () => {
    up = await relayed()
  })
  beforeEach(() => {
    outcomes = { served: 0, refused: 0 }
  })
  // Changes that all end the same way would prove nothing.
  afterEach(() => expect(Math.min(outcomes.served, outcomes.refused)).toBeGreaterThan(20))
  afterAll(() => up[Symbol.asyncDispose]())

  async function isServedOrRefused(sent: Uint8Array | string): Promise<void> {
    up.bodies.length = 0
    const res = await fetch(`${up.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: sent as NonNullable<RequestInit['body']>,
      signal: AbortSignal.timeout(5000),
    })
    const answer = await res.text()
    if (res.status === 400) {
      outcomes.refused++
      expect(JSON.parse(answer)).toEqual({
        error: {
          message: expect.any(String),
          type: 'invalid_request_error',
          param: expect.toSatisfy(isParam),
          code: expect.any(String),
        },
      })
      expect(answer).not.toMatch(/\\u00[01]|<html/i)
      expect(answer.length).toBeLessThan(1500)
      expect(up.bodies).toEqual([])
      return
    }
    expect(res.status).toBe(200)
    outcomes.served++
    expect(up.bodies).toHaveLength(1)
    expect(meaning(up.bodies[0]!.toString())).toEqual(
      meaning(Buffer.from(sent as Buffer).toString()),
    )
  }
  const isParam = (value: unknown) =>
    value === null || (typeof value === 'string' && value.length <= 200 && !/\p{C}/u.test(value))

  it('is either served as it is or refused with the reason', async () => {
    await fc.assert(fc.asyncProperty(body, isServedOrRefused), { numRuns: 400, seed: 1 })
  })

  it('is the same where its text is broken', async () => {
    await fc.assert(fc.asyncProperty(text, isServedOrRefused), { numRuns: 400, seed: 2 })
  })
})

/** What a body says; what the relay may leave out or add is left out. */
function meaning(json: string): unknown {
  const value = JSON.parse(json, function keep(key, one: unknown) {
    return key === '__proto__' ? undefined : one
  }) as Record<string, unknown>
  const { stream_options: _options, ...rest } = value
  return rest
}
