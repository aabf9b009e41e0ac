import { cache, memoryCacheStore, type CacheOptions } from '@sluice/cache'
import { ApiError, compose, type CallOptions, type Operation, type Params } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { Client, params, streamed, streamedWithUsage } from './fixtures/client.ts'
import { FakeClock } from './fixtures/fake-clock.ts'
import { FakeUpstream, usage } from './fixtures/fake-upstream.ts'

const alice = { principal: { id: 'key_a', tenant: 'alice' } }
const bob = { principal: { id: 'key_b', tenant: 'bob' } }

function relay(options: Partial<CacheOptions> = {}) {
  const upstream = new FakeUpstream()
  const handler = compose(
    [cache({ ttlMs: 60_000, clock: new FakeClock(), ...options })],
    upstream.handler,
  )
  const ask = (
    asked: object = streamed,
    callOptions: CallOptions = alice,
    operation: Operation = 'chat.completions',
  ) => new Client(handler, operation, asked as Params<Operation>, callOptions)
  return { upstream, ask }
}

describe('identical calls at a time', () => {
  it('share one upstream request, a hundred of them', () => {
    const { ask, upstream } = relay()
    const clients = Array.from({ length: 100 }, () => ask())
    upstream.last.say('Hello ', 'there')
    upstream.last.end()
    expect(upstream.calls).toBe(1)
    expect(clients.map((client) => client.text)).toEqual(clients.map(() => 'Hello there'))
    expect(clients.map((client) => client.cache)).toEqual([
      'MISS',
      ...clients.slice(1).map(() => 'COALESCED'),
    ])
    expect(clients.every((client) => client.completed)).toBe(true)
  })

  it('share embeddings', () => {
    const { ask, upstream } = relay()
    const [first, second] = [1, 2].map(() => ask({ model: 'e', input: 'x' }, alice, 'embeddings'))
    upstream.last.giveDocument({ object: 'list', data: [] })
    expect(upstream.calls).toBe(1)
    expect(second?.body).toBe(first?.body)
  })

  it('give one who comes late all that was said, then the rest as it comes', () => {
    const { ask, upstream } = relay()
    ask()
    upstream.last.say('Hello ')
    const late = ask()
    expect(late.body).toContain('Hello ')
    upstream.last.say('there')
    upstream.last.end()
    expect(late.text).toBe('Hello there')
    expect(late.call.report).toMatchObject({
      cache: 'COALESCED',
      provider: 'fake',
      model: 'fake-gpt-4o',
      attempts: 0,
    })
  })

  it('never share across tenants', () => {
    const { ask, upstream } = relay()
    expect([ask(streamed, alice).cache, ask(streamed, bob).cache]).toEqual(['MISS', 'MISS'])
    expect(upstream.calls).toBe(2)
  })

  it('are answered from what was kept once the first is done', () => {
    const { ask, upstream } = relay()
    ask()
    upstream.last.give('Hello')
    expect(ask().cache).toBe('HIT')
  })

  it('find the answer kept at the very moment the first is done', () => {
    const { ask, upstream } = relay()
    const first = ask()
    upstream.last.say('Hello')
    upstream.last.end()
    return first.done.then(() => expect(ask().cache).toBe('HIT'))
  })

  describe('when somebody leaves', () => {
    it('go on for the others, though it was the first who left', () => {
      const { ask, upstream } = relay()
      const [first, second] = [ask(), ask()]
      upstream.last.say('Hello ')
      first.leave()
      expect(upstream.last.isOpen).toBe(true)
      upstream.last.say('there')
      upstream.last.end()
      expect([second.text, second.completed]).toEqual(['Hello there', true])
      expect(ask().cache).toBe('HIT')
    })

    it('stop the upstream with the last, and ask it anew afterwards', () => {
      const { ask, upstream } = relay()
      const clients = [ask(), ask()]
      upstream.last.say('Hello ')
      for (const client of clients) client.leave()
      expect(upstream.last.isOpen).toBe(false)
      expect(ask().cache).toBe('MISS')
      expect(upstream.calls).toBe(2)
    })

    it('stop an upstream that has not said anything', () => {
      const { ask, upstream } = relay()
      ask(params).leave()
      expect(upstream.last.isOpen).toBe(false)
    })
  })

  it('all fail where the upstream fails, and the next asks anew', () => {
    const { ask, upstream } = relay()
    const clients = [ask(), ask(params), ask()]
    const failure = new ApiError('rate_limit_exceeded', {
      message: 'slow down',
      retryAfterMs: 1000,
    })
    upstream.last.fail(failure)
    expect(clients.map((client) => client.error)).toEqual([failure, failure, failure])
    expect(clients.map((client) => client.call.report.provider)).toEqual(['fake', 'fake', 'fake'])
    expect(ask().cache).toBe('MISS')
  })

  it('all fail where the handler throws', () => {
    const handler = compose([cache({ ttlMs: 1, tenant: 'shared' })], () => {
      throw new Error('broken')
    })
    expect(new Client(handler, 'chat.completions', params).error).toMatchObject({
      message: 'broken',
    })
  })

  describe('in different forms', () => {
    const forms = { document: params, stream: streamed, 'stream with usage': streamedWithUsage }
    const pairs = Object.keys(forms).flatMap((from) =>
      Object.keys(forms).map((to) => [from, to] as const),
    )

    it.each(pairs)('give each its own: first a %s, then a %s', (from, to) => {
      const { ask, upstream } = relay()
      const first = ask(forms[from as keyof typeof forms])
      const second = ask(forms[to as keyof typeof forms])
      upstream.last.give('Grüße an alle')
      expect(upstream.calls).toBe(1)
      expect(second.cache).toBe('COALESCED')
      const { usage: _firstUsage, ...original } = first.completion
      const { usage: shown, ...answer } = second.completion
      expect(answer).toEqual(original)
      expect(shown).toEqual(to === 'stream' ? undefined : usage)
      expect(second.batches.at(-1)?.usage).toEqual(usage)
      if (to === 'stream') expect(second.batches.at(-1)?.bytes).toHaveLength(0)
      for (const batch of second.batches) expect(batch.gate).toBe(second.gate)
    })

    it('fail the other form too where an answer cannot be read', () => {
      const { ask, upstream } = relay()
      const [first, second] = [ask(params), ask(streamed)]
      upstream.last.giveDocument({ choices: 'none' })
      expect(first.completed).toBe(true)
      expect(second.error).toBeInstanceOf(Error)
    })
  })

  describe('at different speeds', () => {
    it('wait for nobody who reads slowly while another keeps up', () => {
      const { ask, upstream } = relay()
      const [slow, fast] = [ask(), ask()]
      const release = slow.gate.hold()
      upstream.last.say('Hello ')
      upstream.last.say('there')
      upstream.last.end()
      expect(fast.completed).toBe(true)
      expect(slow.batches).toEqual([])
      release()
      expect([slow.text, slow.completed]).toEqual(['Hello there', true])
    })

    it('hold the upstream while all of them are slow', () => {
      const { ask, upstream } = relay()
      const clients = [ask(), ask()]
      const releases = clients.map((client) => client.gate.hold())
      upstream.last.say('Hello ')
      expect(upstream.last.call.gate.isOpen).toBe(false)
      releases[1]?.()
      expect(upstream.last.call.gate.isOpen).toBe(true)
    })

    it('let the slow one go in an answer too long to be kept', () => {
      const { ask, upstream } = relay({ maxEntryBytes: 64 * 1024 })
      const [slow, fast] = [ask(), ask()]
      slow.gate.hold()
      const word = 'x'.repeat(16 * 1024)
      for (let count = 0; count < 40; count++) upstream.last.say(word)
      upstream.last.end()
      expect(slow.error).toMatchObject({ code: 'stream_incomplete' })
      expect(fast.text).toBe(word.repeat(40))
    })
  })

  it('begin anew where the answer has grown too long to be joined', () => {
    const { ask, upstream } = relay({ maxEntryBytes: 1000 })
    const first = ask()
    upstream.last.say('x'.repeat(1000))
    const second = ask()
    expect([second.cache, upstream.calls]).toEqual(['MISS', 2])
    const third = ask()
    expect(third.cache).toBe('COALESCED')
    upstream.answers[0]?.end()
    upstream.answers[1]?.say('short')
    upstream.answers[1]?.end()
    expect(first.completed).toBe(true)
    expect([second.text, third.text]).toEqual(['short', 'short'])
  })

  it('do not join for one who wants a new answer, while others join either', () => {
    const { ask, upstream } = relay()
    const first = ask()
    const anew = ask(streamed, { ...alice, headers: { 'cache-control': 'no-cache' } })
    const third = ask()
    expect([anew.cache, third.cache, upstream.calls]).toEqual(['MISS', 'COALESCED', 2])
    upstream.answers[1]?.give('new')
    upstream.answers[0]?.give('old')
    expect([first.text, anew.text, third.text]).toEqual(['old', 'new', 'old'])
  })

  it('do not share with one who wants nothing stored', () => {
    const { ask, upstream } = relay()
    ask()
    expect(ask(streamed, { ...alice, headers: { 'cache-control': 'no-store' } }).cache).toBe(
      'BYPASS',
    )
    expect(upstream.calls).toBe(2)
  })

  it('share though each had to ask a slow store first', async () => {
    const memory = memoryCacheStore()
    const asked: (() => void)[] = []
    const { ask, upstream } = relay({
      store: {
        ...memory,
        get: (key) => new Promise((resolve) => asked.push(() => resolve(memory.get(key)))),
      },
    })
    const clients = [ask(), ask(), ask()]
    expect([asked.length, upstream.calls]).toEqual([3, 0])
    for (const answer of asked) answer()
    await new Promise(setImmediate)
    expect(upstream.calls).toBe(1)
    upstream.last.give('Hello')
    await Promise.all(clients.map((client) => client.done))
    expect(clients.map((client) => client.cache)).toEqual(['MISS', 'COALESCED', 'COALESCED'])
  })
})
