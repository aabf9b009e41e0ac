import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import {
  cache,
  memoryCacheStore,
  type CacheEntry,
  type CacheOptions,
  type CacheStore,
} from '@sluice/cache'
import {
  ApiError,
  call,
  compose,
  createGate,
  exchangeOf,
  type CallOptions,
  type Operation,
  type Params,
} from '@sluice/core'
import { BinaryBatch, DocumentBatch, encodeFrame, EventBatch } from '@sluice/sse-stream/internal'
import { lastValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { Client, params, streamed, streamedWithUsage } from './fixtures/client.ts'
import { FakeClock } from './fixtures/fake-clock.ts'
import { FakeUpstream, usage, type LiveAnswer } from './fixtures/fake-upstream.ts'

const encoder = new TextEncoder()
const alice = { principal: { id: 'key_a', tenant: 'alice' } }
const bob = { principal: { id: 'key_b', tenant: 'bob' } }

function relay(
  options: Partial<CacheOptions> = {},
  onCall: (answer: LiveAnswer) => void = (answer) => answer.give('Hello there'),
) {
  const clock = new FakeClock()
  const upstream = new FakeUpstream(onCall)
  const handler = compose([cache({ ttlMs: 60_000, clock, ...options })], upstream.handler)
  const ask = (
    asked: object = params,
    callOptions: CallOptions = alice,
    operation: Operation = 'chat.completions',
  ) => new Client(handler, operation, asked as Params<Operation>, callOptions)
  return { clock, upstream, ask }
}

describe('cache', () => {
  it('answers a repeated call without asking the upstream, and says who had answered', () => {
    const { ask, upstream } = relay()
    const [first, second] = [ask(), ask()]
    expect([first.cache, second.cache]).toEqual(['MISS', 'HIT'])
    expect([first.text, second.text]).toEqual(['Hello there', 'Hello there'])
    expect(upstream.calls).toBe(1)
    expect(second.call.report).toMatchObject({
      provider: 'fake',
      model: 'fake-gpt-4o',
      attempts: 0,
    })
  })

  it('asks again once the time is up', () => {
    const { ask, clock } = relay()
    ask()
    clock.advance(59_999)
    expect(ask().cache).toBe('HIT')
    clock.advance(1)
    expect(ask().cache).toBe('MISS')
  })

  it('passes by operations that have no answers worth keeping', () => {
    const { ask, upstream } = relay({}, (answer) =>
      answer.giveDocument({ object: 'list', data: [] }),
    )
    const asked = [ask({}, alice, 'models.list'), ask({}, alice, 'models.list')]
    expect(asked.map((client) => client.cache)).toEqual(['BYPASS', 'BYPASS'])
    expect(upstream.calls).toBe(2)
  })

  it.each<[Operation, object]>([
    [
      'embeddings',
      {
        object: 'list',
        data: [{ object: 'embedding', index: 0, embedding: [0.25] }],
        model: 'e',
        usage,
      },
    ],
    [
      'moderations',
      {
        id: 'modr-1',
        model: 'm',
        results: [{ flagged: false, categories: {}, category_scores: {} }],
      },
    ],
  ])('gives %s again byte for byte, without a copy', (operation, document) => {
    const { ask } = relay({}, (answer) => answer.giveDocument(document))
    const clients = [1, 2, 3].map(() => ask({ model: 'e', input: 'x' }, alice, operation))
    const [miss, hit, again] = clients.map((client) => client.batches[0])
    expect(clients.map((client) => client.cache)).toEqual(['MISS', 'HIT', 'HIT'])
    expect(hit?.bytes).toEqual(miss?.bytes)
    expect(again?.bytes).toBe(hit?.bytes)
    expect(hit?.usage).toEqual(usage)
  })

  it('lets two caches of one process know nothing of each other', () => {
    const [one, other] = [relay(), relay()]
    one.ask()
    expect(other.ask().cache).toBe('MISS')
  })

  it('is a middleware too, mounted any number of times', async () => {
    const upstream = new FakeUpstream((answer) => answer.give('Hello'))
    const feature = cache({ ttlMs: 1000, tenant: 'shared' })
    const server = createServer((req, res) => {
      const answer = async () => {
        const asked = call('chat.completions', params)
        const batch = await lastValueFrom(
          compose(exchangeOf(req).interceptors, upstream.handler)(asked),
        )
        res.setHeader('x-sluice-cache', asked.report.cache ?? 'none').end(batch.bytes)
      }
      feature(req, res, () => feature(req, res, () => void answer()))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const seen = [await fetch(url), await fetch(url)]
    expect(seen.map((response) => response.headers.get('x-sluice-cache'))).toEqual(['MISS', 'HIT'])
    expect(await seen[1]?.json()).toMatchObject({ choices: [{ message: { content: 'Hello' } }] })
    server.close()
    server.closeAllConnections()
  })

  describe('replays', () => {
    const forms = { document: params, stream: streamed, 'stream with usage': streamedWithUsage }
    const pairs = Object.keys(forms).flatMap((from) =>
      Object.keys(forms).map((to) => [from, to] as const),
    )

    it.each(pairs)('what came as a %s, as a %s', (from, to) => {
      const { ask } = relay({}, (answer) => answer.give('Grüße an "alle" 👋\n und mehr'))
      const first = ask(forms[from as keyof typeof forms])
      const hit = ask(forms[to as keyof typeof forms])
      expect(hit.cache).toBe('HIT')
      expect(hit.completed).toBe(true)
      const { id: _id, created: _created, usage: shown, ...answer } = hit.completion
      const {
        id: _firstId,
        created: _firstCreated,
        usage: _firstUsage,
        ...original
      } = first.completion
      expect(answer).toEqual(original)
      expect(shown).toEqual(to === 'stream' ? undefined : usage)
      const last = hit.batches.at(-1)
      expect(last?.usage).toEqual(usage)
      if (to !== 'document')
        expect(hit.batches.slice(0, -1).every((batch) => batch.usage === undefined)).toBe(true)
      if (to === 'stream') expect(last?.bytes).toHaveLength(0)
      for (const batch of hit.batches) expect(batch.gate).toBe(hit.gate)
    })

    it.each(pairs)('what came as a %s with a fresh id and time, as a %s', (from, to) => {
      const { ask, clock } = relay()
      const first = ask(forms[from as keyof typeof forms])
      clock.advance(5000)
      const hits = [ask(forms[to as keyof typeof forms]), ask(forms[to as keyof typeof forms])]
      const ids = hits.map(
        (hit) =>
          new Set(to === 'document' ? [hit.completion.id] : hit.chunks.map((chunk) => chunk.id)),
      )
      expect(ids.map((set) => set.size)).toEqual([1, 1])
      expect(new Set([first.completion.id, ...ids.flatMap((set) => [...set])]).size).toBe(3)
      const times = hits.flatMap((hit) =>
        to === 'document' ? [hit.completion.created] : hit.chunks.map((one) => one.created),
      )
      expect(new Set(times)).toEqual(new Set([1_800_000_005]))
    })

    it('tokens one by one, as they came', () => {
      const { ask } = relay({}, (answer) => answer.give('one two three'))
      const first = ask(streamed)
      const words = (client: Client) =>
        client.chunks.map((chunk) => chunk.choices[0]?.delta.content)
      expect(words(ask(streamed))).toEqual(words(first))
    })

    it.each([
      ['an id too short to be changed', { id: 'x' }],
      ['no proper time', { created: 0 }],
    ])('an answer with %s', (_what, envelope) => {
      const { ask } = relay({}, (answer) => {
        Object.assign(answer.envelope, envelope)
        answer.give('Hello')
      })
      ask(streamed, bob)
      ask(params, alice)
      const hits = [ask(streamed, bob), ask(params, bob), ask(streamed, alice), ask(params, alice)]
      expect(hits.map((hit) => hit.text)).toEqual(['Hello', 'Hello', 'Hello', 'Hello'])
      expect(hits.map((hit) => hit.completion.created)).toEqual(
        Array.from({ length: 4 }, () => 1_800_000_000),
      )
      expect(new Set(hits.map((hit) => hit.completion.id)).size).toBe(4)
    })

    it('events that others wrote in their own way', () => {
      const chunk = (id: string, choice: object) =>
        `data: ${JSON.stringify({ choices: [choice], id, created: 1 }).replaceAll(':', ': ')}\n\n`
      const { ask } = relay({}, (answer) => {
        const frames =
          chunk('a', { index: 0, delta: { content: 'Hi' } }) +
          chunk('b', { index: 0, delta: {}, finish_reason: 'stop' })
        answer.emit(new EventBatch(encoder.encode(frames), answer.call.gate))
        answer.complete()
      })
      ask(streamed)
      const hit = ask(streamed)
      expect([hit.cache, hit.text]).toEqual(['HIT', 'Hi'])
      expect(new Set(hit.chunks.map((one) => one.id)).size).toBe(1)
    })

    it('the usage of a document that says it only itself', () => {
      const { ask } = relay({}, (answer) => {
        const choices = [
          { index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' },
        ]
        answer.emit(
          new DocumentBatch<unknown, unknown>({ value: { choices, usage } }, answer.call.gate),
        )
        answer.complete()
      })
      ask()
      expect(ask(streamedWithUsage).completion.usage).toEqual(usage)
    })

    it('several choices', () => {
      const { ask } = relay({}, (answer) => {
        answer.send({ delta: { content: 'A' } }, { index: 1, delta: { content: 'B' } })
        answer.send({ finish_reason: 'stop' }, { index: 1, finish_reason: 'stop' })
        answer.complete()
      })
      ask({ ...streamed, n: 2 })
      const hit = ask({ ...params, n: 2 })
      expect(hit.cache).toBe('HIT')
      expect(hit.completion.choices.map((choice) => choice.message.content)).toEqual(['A', 'B'])
      expect(hit.batches).toHaveLength(1)
    })

    it('a long answer slice by slice, as fast as it is read', () => {
      const words = Array.from({ length: 2000 }, (_, index) => `word${index} `)
      const { ask } = relay({}, (answer) => answer.give(words.join('')))
      ask(streamed)
      const gate = createGate()
      const release = gate.hold()
      const slow = ask(streamed, { ...alice, gate })
      expect(slow.batches).toHaveLength(1)
      expect(slow.batches[0]?.bytes.length).toBeLessThanOrEqual(64 * 1024)
      release()
      expect(slow.completed).toBe(true)
      expect(slow.text).toBe(words.join(''))
    })

    it('no more to one who left', () => {
      const { ask } = relay({}, (answer) => answer.give('word '.repeat(2000)))
      ask(streamed)
      const gate = createGate()
      const release = gate.hold()
      const gone = ask(streamed, { ...alice, gate })
      gone.leave()
      release()
      expect(gone.batches).toHaveLength(1)
    })

    it('an answer that was cut out of a larger read without keeping that alive', () => {
      const kept: CacheEntry[] = []
      const store: CacheStore = {
        get: () => kept[0],
        set: (_key, entry) => void kept.push(entry),
        delete: () => {},
      }
      const { ask } = relay({ store }, (answer) => {
        const frame = encoder.encode(
          encodeFrame({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
        )
        const read = new Uint8Array(1024 * 1024)
        read.set(frame)
        answer.emit(new EventBatch(read.subarray(0, frame.length), answer.call.gate))
        answer.complete()
      })
      ask(streamed)
      expect(kept[0]?.bytes.buffer.byteLength).toBe(kept[0]?.bytes.length)
    })
  })

  describe('never keeps', () => {
    const cut = new ApiError('stream_incomplete', { message: 'cut' })
    const stops: [string, object, (answer: LiveAnswer) => void][] = [
      [
        'an error',
        params,
        (answer) => answer.fail(new ApiError('server_error', { message: 'no' })),
      ],
      ['a stream that broke', streamed, (answer) => (answer.say('Hel'), answer.fail(cut))],
      ['a stream without an end', streamed, (answer) => (answer.say('Hel'), answer.complete())],
      ['an answer that ran into its limit', params, (answer) => answer.give('Hel', 'length')],
      ['a stream that ran into its limit', streamed, (answer) => answer.give('Hel', 'length')],
      ['a filtered answer', params, (answer) => answer.give('', 'content_filter')],
      ['a filtered stream', streamed, (answer) => answer.give('', 'content_filter')],
      ['an empty answer', streamed, (answer) => answer.complete()],
      ['an answer it cannot read', params, (answer) => answer.giveDocument({ choices: 'none' })],
      [
        'tool calls',
        params,
        (answer) => answer.giveMessage({ tool_calls: [{ id: 'c' }] }, 'tool_calls'),
      ],
      [
        'a tool call forced by name',
        params,
        (answer) => answer.giveMessage({ tool_calls: [{ id: 'c' }] }),
      ],
      ['tool calls in a stream', streamed, (answer) => answer.give('', 'tool_calls')],
      ['what is longer than an entry may be', params, (answer) => answer.give('x'.repeat(3000))],
      ['a stream longer than an entry may be', streamed, (answer) => answer.give('x '.repeat(50))],
      [
        'an answer that is not JSON',
        params,
        (answer) => (
          answer.emit(new BinaryBatch(encoder.encode('x'), 'audio/mpeg', answer.call.gate)),
          answer.complete()
        ),
      ],
      [
        'a document of another media type',
        params,
        (answer) => {
          const value = { choices: [{ message: {}, finish_reason: 'stop' }] }
          answer.emit(
            new DocumentBatch<unknown, unknown>(
              { value },
              answer.call.gate,
              undefined,
              'text/plain',
            ),
          )
          answer.complete()
        },
      ],
    ]

    it.each(stops)('%s', (_what, asked, onCall) => {
      const { ask, upstream } = relay({ maxEntryBytes: 2000 }, onCall)
      ask(asked)
      expect(ask(asked).cache).toBe('MISS')
      expect(upstream.calls).toBe(2)
    })

    it('an answer whose caller left', () => {
      const { ask, upstream } = relay({}, (answer) => answer.say('Hel'))
      ask(streamed).leave()
      expect(upstream.last.isOpen).toBe(false)
      expect(ask(streamed).cache).toBe('MISS')
    })

    it('what the application keeps out', () => {
      const cacheable: CacheOptions['shouldCache'] = ({ params }) =>
        !((params as { temperature?: number }).temperature! > 0)
      const { ask } = relay({ shouldCache: cacheable })
      const warm = { ...params, temperature: 0.7 }
      expect([ask(warm), ask(warm), ask(), ask()].map((client) => client.cache)).toEqual([
        'BYPASS',
        'BYPASS',
        'MISS',
        'HIT',
      ])
    })
  })

  it('keeps tool calls where asked to, in either form', () => {
    const calls = [
      { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{"at":"it"}' } },
    ]
    const { ask } = relay({ cacheToolCalls: true }, (answer) => {
      if (answer.params.stream !== true)
        return answer.giveMessage(
          { role: 'assistant', content: null, refusal: null, tool_calls: calls },
          'tool_calls',
        )
      answer.send({
        delta: { role: 'assistant', content: null, tool_calls: [{ index: 0, ...calls[0] }] },
      })
      answer.end('tool_calls')
    })
    const first = ask(params, alice)
    ask(streamed, bob)
    for (const hit of [ask(streamed, alice), ask(params, bob)]) {
      expect(hit.cache).toBe('HIT')
      expect(hit.completion.choices[0]?.message).toEqual(first.completion.choices[0]?.message)
    }
  })

  describe('apart for each tenant', () => {
    it('gives nobody another tenant’s answer', () => {
      const { ask, upstream } = relay()
      expect([ask(params, alice).cache, ask(params, bob).cache]).toEqual(['MISS', 'MISS'])
      expect(upstream.calls).toBe(2)
    })

    it('lets one tenant’s credentials share', () => {
      const { ask } = relay()
      ask(params, alice)
      expect(ask(params, { principal: { id: 'another key', tenant: 'alice' } }).cache).toBe('HIT')
    })

    it('refuses a call of which nobody knows whose it is', () => {
      const { ask, upstream } = relay()
      expect(ask(params, {}).error).toMatchObject({
        name: 'ConfigError',
        code: 'ERR_CACHE_NO_TENANT',
      })
      expect(upstream.calls).toBe(0)
    })

    it('lets callers without a principal share where told so, and keeps them apart from all tenants', () => {
      const { ask } = relay({ tenant: 'shared' })
      expect([ask(params, {}), ask(params, {})].map((client) => client.cache)).toEqual([
        'MISS',
        'HIT',
      ])
      expect(ask(params, { principal: { id: 'k', tenant: 'shared' } }).cache).toBe('MISS')
    })

    it('follows a rule of the application', () => {
      const { ask } = relay({ tenant: ({ headers }) => String(headers['x-team'] ?? '') })
      const team = (name: string) => ask(params, { ...alice, headers: { 'x-team': name } })
      expect([team('red'), team('red'), team('blue')].map((client) => client.cache)).toEqual([
        'MISS',
        'HIT',
        'MISS',
      ])
      expect(team('').error).toMatchObject({ code: 'ERR_CACHE_NO_TENANT' })
    })
  })

  it.each<[string, CallOptions | undefined, object]>([
    ['an unknown param', undefined, { ...params, vendor_knob: 'x' }],
    ['the user', undefined, { ...params, user: 'u' }],
    ['the organisation', { headers: { 'openai-organization': 'o' } }, params],
    ['the model to ask for', { model: 'gpt-4o-mini' }, params],
  ])('keeps apart calls that differ in %s', (_what, options, asked) => {
    const { ask } = relay()
    ask()
    expect(ask(asked, { ...alice, ...options }).cache).toBe('MISS')
  })

  it('keeps apart calls by the headers that it is told to look at', () => {
    const { ask } = relay({ varyHeaders: ['X-Region'] })
    const from = (region: string) => ask(params, { ...alice, headers: { 'x-region': region } })
    expect([from('eu'), from('us'), from('eu')].map((client) => client.cache)).toEqual([
      'MISS',
      'MISS',
      'HIT',
    ])
  })

  it('keeps apart caches on one store by their namespace', () => {
    const store = memoryCacheStore()
    const [one, other, third] = [
      relay({ store }),
      relay({ store }),
      relay({ store, keyPrefix: 'v2' }),
    ]
    one.ask()
    expect([other.ask().cache, third.ask().cache]).toEqual(['HIT', 'MISS'])
  })

  describe('honours the caller’s Cache-Control', () => {
    const asking = (value: string) => ({ ...alice, headers: { 'cache-control': value } })

    it('no-store: neither reads nor keeps', () => {
      const { ask } = relay()
      expect(ask(params, asking('no-store')).cache).toBe('BYPASS')
      expect(ask().cache).toBe('MISS')
      expect(ask(params, asking('no-store')).cache).toBe('BYPASS')
    })

    it('no-cache: asks anew and keeps the new answer', () => {
      let count = 0
      const { ask } = relay({}, (answer) => answer.give(`answer ${++count}`))
      ask()
      expect(ask(params, asking('no-cache')).cache).toBe('MISS')
      expect(ask()).toMatchObject({ cache: 'HIT', text: 'answer 2' })
    })

    it('max-age: takes no older answer', () => {
      const { ask, clock } = relay()
      ask()
      clock.advance(10_000)
      expect(ask(params, asking('max-age=10')).cache).toBe('HIT')
      clock.advance(1)
      expect(ask(params, asking('max-age=10')).cache).toBe('MISS')
      expect(ask(params, asking('max-age=0')).cache).toBe('MISS')
    })
  })

  describe('with a store', () => {
    const kept = (): { store: CacheStore; entries: Map<string, unknown> } => {
      const entries = new Map<string, unknown>()
      const store: CacheStore = {
        get: (key) => Promise.resolve(entries.get(key) as CacheEntry | undefined),
        set: (key, entry) => Promise.resolve(void entries.set(key, structuredClone(entry))),
        delete: (key) => Promise.resolve(void entries.delete(key)),
      }
      return { store, entries }
    }

    it('that several processes share, answers what another one asked', async () => {
      const { store } = kept()
      const [one, other] = [relay({ store }), relay({ store })]
      await one.ask(streamed).done
      const hit = other.ask(params)
      await hit.done
      expect([hit.cache, hit.text, hit.call.report.provider]).toEqual([
        'HIT',
        'Hello there',
        'fake',
      ])
      expect(other.upstream.calls).toBe(0)
    })

    it('that gives its bytes as a Buffer, leaves them as they are', () => {
      const memory = memoryCacheStore()
      let bytes = Buffer.alloc(0)
      const set: CacheStore['set'] = (key, entry, ttlMs) =>
        memory.set(key, { ...entry, bytes: (bytes = Buffer.from(entry.bytes)) }, ttlMs)
      const { ask } = relay({ store: { ...memory, set } })
      ask(streamed)
      const before = bytes.toString()
      const ids = [ask(streamed), ask(streamed), ask(params)].map((client) => client.completion.id)
      expect(new Set(ids).size).toBe(3)
      expect(bytes.toString()).toBe(before)
    })

    it('that takes its time, has what is on its way into it already', async () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      const { ask } = relay({
        store: { get: () => Promise.resolve(undefined), set: () => promise, delete: () => {} },
      })
      await ask(streamed).done
      const hit = ask(params)
      expect([hit.cache, hit.text]).toEqual(['HIT', 'Hello there'])
      resolve()
      await new Promise(setImmediate)
      const later = ask(params)
      await later.done
      expect(later.cache).toBe('MISS')
    })

    const damages: [string, (entry: CacheEntry) => unknown][] = [
      ['text', () => 'not an entry'],
      ['a number', () => 7],
      ['null', () => null],
      ['another version', (entry) => ({ ...entry, version: 0 })],
      ['an entry of another operation', (entry) => ({ ...entry, operation: 'embeddings' })],
      ['an unknown framing', (entry) => ({ ...entry, framing: 'binary' })],
      ['bytes as text', (entry) => ({ ...entry, bytes: 'data: {}' })],
      ['no bytes', (entry) => ({ ...entry, bytes: new Uint8Array(0) })],
      ['no time', (entry) => ({ ...entry, storedAtMs: Number.NaN })],
      ['no list of params', (entry) => ({ ...entry, droppedParams: undefined })],
      [
        'half of the bytes',
        (entry) => ({ ...entry, bytes: entry.bytes.subarray(0, entry.bytes.length / 2) }),
      ],
      ['all but the last bytes', (entry) => ({ ...entry, bytes: entry.bytes.subarray(0, -3) })],
      ['noise', (entry) => ({ ...entry, bytes: entry.bytes.map((byte) => byte ^ 0x55) })],
      [
        'the other framing',
        (entry) => ({ ...entry, framing: entry.framing === 'events' ? 'document' : 'events' }),
      ],
    ]

    const cases = damages.flatMap(([what, damage]) => [
      ['document', what, params, damage] as const,
      ['stream', what, streamed, damage] as const,
    ])

    it.each(cases)(
      'that gives for a %s %s, asks anew and deletes it',
      async (_form, _what, asked, damage) => {
        const { store, entries } = kept()
        await relay({ store }).ask(asked).done
        const [[key, entry] = []] = entries
        const damaged = damage(entry as CacheEntry)
        entries.set(key!, damaged)
        const deleted: string[] = []
        const { ask } = relay({
          store: { ...store, set: () => {}, delete: (one) => void deleted.push(one) },
        })
        const client = ask(asked)
        await client.done
        expect([client.cache, client.text]).toEqual(['MISS', 'Hello there'])
        expect(deleted).toEqual(damaged === null ? [] : [key])
      },
    )

    it('that gives damaged embeddings, asks anew', async () => {
      const { store, entries } = kept()
      const input = { model: 'e', input: 'x' }
      const asking = () => {
        const { ask } = relay({ store }, (answer) =>
          answer.giveDocument({ object: 'list', data: [] }),
        )
        return ask(input, alice, 'embeddings')
      }
      await asking().done
      for (const [key, entry] of entries) {
        const { bytes } = entry as CacheEntry
        entries.set(key, { ...(entry as CacheEntry), bytes: bytes.subarray(0, bytes.length - 1) })
      }
      const client = asking()
      await client.done
      expect(client.cache).toBe('MISS')
    })

    it.each<[string, () => never | Promise<never>]>([
      [
        'throws',
        () => {
          throw new Error('down')
        },
      ],
      ['rejects', () => Promise.reject(new Error('down'))],
    ])('that %s, answers as if nothing were stored', async (_what, method) => {
      const errors: unknown[] = []
      const store: CacheStore = { get: method, set: method, delete: method }
      const { ask } = relay({ store, onStoreError: (error) => errors.push(error) })
      const client = ask()
      await client.done
      expect([client.cache, client.text]).toEqual(['MISS', 'Hello there'])
      expect(errors.length).toBeGreaterThan(0)
    })

    it('that hangs, waits no longer than it was told to', async () => {
      const hang = () => new Promise<never>(() => {})
      const { ask, clock, upstream } = relay({
        store: { get: hang, set: hang, delete: hang },
        storeTimeoutMs: 50,
      })
      const client = ask()
      clock.advance(49)
      await Promise.resolve()
      expect(upstream.calls).toBe(0)
      clock.advance(1)
      await client.done
      expect(client.text).toBe('Hello there')
    })

    it('asks nobody for one who left while the store was asked', async () => {
      const { promise, resolve } = Promise.withResolvers<undefined>()
      const { ask, upstream } = relay({
        store: { get: () => promise, set: () => {}, delete: () => {} },
      })
      ask().leave()
      resolve(undefined)
      await new Promise(setImmediate)
      expect(upstream.calls).toBe(0)
    })
  })

  it('keeps its memory within bounds, whatever passes through', () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const filler = 'x'.repeat(16 * 1024)
    const maxBytes = 8 * 1024 * 1024
    const { ask } = relay({ maxBytes }, (answer) => answer.give(filler))
    collect()
    const before = process.memoryUsage()
    let hits = 0
    for (let count = 0; count < 10_000; count++) {
      const asked = { ...params, seed: count }
      ask(asked)
      // The other form is made too, and has to be within the bound as well.
      if (ask({ ...asked, stream: true }).cache === 'HIT') hits++
    }
    // What one collection finds, its sweeper frees in the background; the next one waits for that.
    collect()
    collect()
    const after = process.memoryUsage()
    expect(hits).toBe(10_000)
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(maxBytes * 1.1)
    expect(after.heapUsed - before.heapUsed).toBeLessThan(16 * 1024 * 1024)
  })

  it.each<[string, unknown, RegExp]>([
    ['no time to live', {}, /how long/],
    ['a time of 0', { ttlMs: 0 }, /above 0/],
    ['an unknown option', { ttlMs: 1, ttl: 1 }, /Did you mean `ttlMs`/],
    ['a store without methods', { ttlMs: 1, store: {} }, /get, set and delete/],
    [
      'bounds beside a store of its own',
      { ttlMs: 1, store: memoryCacheStore(), maxBytes: 1 },
      /to the store/,
    ],
    ['headers that are no names', { ttlMs: 1, varyHeaders: [1] }, /header names/],
    ['a tenant that is a name', { ttlMs: 1, tenant: 'acme' }, /'shared' or a function/],
  ])('refuses %s', (_what, options, message) => {
    expect(() => cache(options as CacheOptions)).toThrow(message)
  })
})
