import { ConfigError } from '@sluice/core'
import type { ChatCompletionCreateParams } from '@sluice/core/wire'
import type { ChatDecoder, ChatDelta } from '@sluice/sse-stream/internal'
import { describe, expect, it, test } from 'vitest'
import {
  loadFixtures,
  providerLaws,
  type ChatUnderTest,
  type ProviderFixture,
} from '../src/index.ts'
import { readTiny, tinyProvider, tinySpec, type Carelessness } from './tiny-provider.ts'

const fixtures = loadFixtures(new URL('fixtures/tiny', import.meta.url))
type Json = Readonly<Record<string, unknown>>

describe('a careful provider', () => {
  providerLaws({
    spec: tinySpec,
    create: tinyProvider(tinySpec),
    fixtures,
    runner: { test, describe },
  })
})

/** Keeps the tests that the laws register, to run them one by one. */
function registered(
  chat: Partial<ChatUnderTest>,
  careless: Carelessness,
  cases: readonly ProviderFixture[],
) {
  const laws: { readonly name: string; readonly body: () => void | Promise<void> }[] = []
  const spec = { ...tinySpec, chat: { ...tinySpec.chat, ...chat } }
  const runner = {
    test: (name: string, body: () => void | Promise<void>) => laws.push({ name, body }),
  }
  providerLaws({ spec, create: tinyProvider(spec, careless), fixtures: cases, runner })
  return laws
}

const decoding = (
  change: (deltas: ChatDelta[], json: Json) => ChatDelta[],
  verbatim: ChatDecoder['verbatim'] = [],
) => ({
  decoder: () => ({
    verbatim,
    decode: (json: unknown) => change(readTiny(json as Json), json as Json),
  }),
})
const encoding = (
  change: (body: Record<string, unknown>, params: ChatCompletionCreateParams) => void,
) => ({
  encode: (...[params, context]: Parameters<ChatUnderTest['encode']>) => {
    const encoded = tinySpec.chat.encode(params, context)
    const body = { ...(encoded.body as Record<string, unknown>) }
    change(body, params)
    return { ...encoded, body }
  },
})
const uppercase = (delta: ChatDelta): ChatDelta =>
  typeof delta.delta?.content === 'string'
    ? { ...delta, delta: { ...delta.delta, content: delta.delta.content.toUpperCase() } }
    : delta
const content = ['choices', 0, 'delta', 'content']

const mutants: readonly {
  readonly mutant: string
  readonly law: RegExp
  readonly chat?: Partial<ChatUnderTest>
  readonly careless?: Carelessness
  readonly cases?: readonly ProviderFixture[]
}[] = [
  { mutant: 'has no golden cases', law: /a streamed text$/, cases: [] },
  {
    mutant: 'has no case of a tool call',
    law: /a streamed tool call$/,
    cases: fixtures.filter((one) => one.name !== 'tool-call'),
  },
  {
    mutant: 'has no case of an error',
    law: /an error$/,
    cases: fixtures.filter((one) => one.error === undefined),
  },
  {
    mutant: 'adds a param of its own',
    law: /text: writes the golden request/,
    chat: encoding((body) => {
      body['extra'] = 1
    }),
  },
  {
    mutant: 'forgets its key',
    law: /text: sends the golden request/,
    careless: { forgetsKey: true },
  },
  {
    mutant: 'changes the params of the client',
    law: /text: leaves the params as they are/,
    chat: encoding((_body, params) => {
      params.temperature = 1
    }),
  },
  {
    mutant: 'loses a param without a word',
    law: /carries seed/,
    chat: encoding((body) => {
      delete body['seed']
    }),
  },
  {
    mutant: 'lists a param as dropped and sends it all the same',
    law: /carries store/,
    chat: encoding((body, params) => {
      body['store'] = params.store
    }),
  },
  {
    mutant: 'puts the model into the path as it stands',
    law: /keeps every model name in its place/,
    chat: {
      encode: (params, context) => ({ path: `/models/${context.model}/chat`, body: params }),
    },
  },
  {
    mutant: 'loses the end of each text',
    law: /text: gives the golden chunks/,
    chat: decoding((deltas) =>
      deltas.map((delta) =>
        typeof delta.delta?.content === 'string'
          ? { ...delta, delta: { content: delta.delta.content.slice(0, -1) } }
          : delta,
      ),
    ),
  },
  {
    mutant: 'shouts where the answer is whole',
    law: /text: gives the golden answer/,
    chat: { decode: (json) => readTiny(json as Json).map(uppercase) },
  },
  {
    mutant: 'shouts where the answer is streamed',
    law: /text: says the same streamed and whole/,
    chat: decoding((deltas) => deltas.map(uppercase)),
  },
  {
    mutant: 'shows another error',
    law: /error: gives the golden error/,
    careless: { showsEveryStatusAs500: true },
  },
  {
    mutant: 'goes on after an error in a stream',
    law: /error-mid-stream: gives the golden chunks/,
    chat: decoding((deltas) => deltas.filter((one) => one.error === undefined)),
  },
  {
    mutant: 'keeps the usage to itself',
    law: /text: tells what the answer cost/,
    careless: { hidesUsage: true },
  },
  {
    mutant: 'carries over a text that it also changes',
    law: /text: gives the same chunks for any split/,
    chat: decoding((deltas) => deltas.map(uppercase), [[{ from: content, to: content }]]),
  },
  {
    mutant: 'gives every chunk an id of its own',
    law: /text: has one id/,
    chat: decoding((deltas, json) =>
      deltas.map((delta) => ({ ...delta, chunkFields: { id: JSON.stringify(json['choices']) } })),
    ),
  },
  {
    mutant: 'leaves the usage in the running chunks',
    law: /text: tells the usage last/,
    chat: decoding((deltas) =>
      deltas.map((delta) => ({ ...delta, chunkFields: { usage: { total_tokens: 1 } } })),
    ),
  },
  {
    mutant: 'takes an unknown event for text',
    law: /text: ignores events that it does not know/,
    chat: decoding((deltas, json) =>
      json['choices'] === undefined ? [{ delta: { content: '?' } }] : deltas,
    ),
  },
  {
    mutant: 'knows no data over several lines',
    law: /text: reads the same events in every framing/,
    chat: {
      decoder: () => ({
        verbatim: [],
        decode: (json, event) => (event.data.includes('\n') ? [] : readTiny(json as Json)),
      }),
    },
  },
  {
    mutant: 'takes the first word for the last',
    law: /text: takes a stream that was cut off for a failure/,
    chat: decoding((deltas) =>
      deltas.map((delta) => (delta.delta?.content ? { ...delta, finishReason: 'stop' } : delta)),
    ),
  },
  ...['ends in good order', 'closes the connection', 'resets the connection'].map((how) => ({
    mutant: 'takes every end for a good one',
    law: new RegExp(`text: fails.*${how}`),
    careless: { takesEveryEndForGood: true },
  })),
  ...['before the answer begins', 'middle of a stalled stream', 'stalled whole answer'].map(
    (when) => ({
      mutant: 'goes on when nobody listens any more',
      law: new RegExp(`given up.*${when}`),
      careless: { goesOnAfterAbort: true },
    }),
  ),
  {
    mutant: 'shows the vendor’s words with our key in them',
    law: /status 500 into/,
    careless: { showsVendorsWords: true },
  },
  {
    mutant: 'shows what a stream says of our key',
    law: /an event that holds the vendor key into/,
    careless: { showsVendorsWords: true },
  },
  {
    mutant: 'shows every failure as its own',
    law: /status 404 into/,
    careless: { showsEveryStatusAs500: true },
  },
  { mutant: 'asks again by itself', law: /status 503 into/, careless: { asksTwice: true } },
  { mutant: 'goes where it is sent', law: /a redirect into/, careless: { followsRedirects: true } },
  {
    mutant: 'forgets how long to wait',
    law: /retry-after-ms/,
    careless: { ignoresRetryAfter: true },
  },
]

describe('the laws', () => {
  it.each(mutants)(
    'find a provider out that $mutant ($law)',
    async ({ law, chat = {}, careless = {}, cases = fixtures }) => {
      const [found, ...more] = registered(chat, careless, cases).filter(({ name }) =>
        law.test(name),
      )
      expect(found, `there is a law like ${law}`).toBeDefined()
      expect(more).toEqual([])
      await expect(Promise.resolve().then(found!.body)).rejects.toThrow()
      // The very same law is kept by the provider that is careful, so it is the mutation that
      // breaks it.
      if (cases === fixtures)
        await registered({}, {}, fixtures)
          .find(({ name }) => law.test(name))!
          .body()
    },
  )

  it('find a provider out that asks before anybody subscribes', async () => {
    const laws = registered({}, { sendsAtOnce: true }, fixtures)
    const law = laws.find(({ name }) => /text: sends the golden request/.test(name))!
    await expect(Promise.resolve().then(law.body)).rejects.toThrow(/before somebody subscribes/)
  })

  it('name what they are about where the runner has no groups', () => {
    const names = registered({}, {}, fixtures).map(({ name }) => name)
    expect(names).toContain('tiny, text: gives the golden chunks')
    expect(names).toContain('tiny: has a golden case of an error')
    expect(new Set(names).size).toBe(names.length)
  })

  it('refuse an option that they do not know', () => {
    const options = {
      spec: tinySpec,
      create: tinyProvider(tinySpec),
      fixtures,
      runner: { test },
      seeds: 3,
    }
    expect(() => providerLaws(options)).toThrow(ConfigError)
  })
})
