import { type ChatCompletion } from '@sluice/core'
import { KnownDocuments, normaliseUsage } from '@sluice/sse-stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytes } from './support.ts'

interface Differing {
  readonly id: string
  readonly created: number
  readonly content: string
  readonly prompt: number
  readonly completion: number
  readonly cached: number
}

const first: Differing = {
  id: 'chatcmpl-1',
  created: 1_700_000_000,
  content: 'Hello',
  prompt: 9,
  completion: 2,
  cached: 0,
}

const completion = ({ id, created, content, prompt, completion, cached }: Differing) => ({
  id,
  object: 'chat.completion',
  created,
  model: 'gpt-5',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content, refusal: null, annotations: [] },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage: {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: cached, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0 },
  },
  service_tier: 'default',
})

const knowing = (json: string): KnownDocuments => {
  const known = new KnownDocuments()
  known.learn(bytes(json), (JSON.parse(json) as ChatCompletion).usage!)
  return known
}

/** All but what may differ. */
const skeleton = (json: string) => {
  const { id: _id, created: _created, usage: _usage, choices, ...rest } = JSON.parse(json) as ChatCompletion
  return {
    ...rest,
    choices: choices.map(({ message: { content: _content, ...message }, ...choice }) => ({ ...choice, message })),
  }
}

const differing = fc.record({
  id: fc.stringMatching(/^[\w-]{1,40}$/),
  created: fc.integer({ min: 1, max: 4_000_000_000 }),
  content: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }),
  prompt: fc.nat(1_000_000),
  completion: fc.nat(1_000_000),
  cached: fc.nat(100),
})

describe('KnownDocuments', () => {
  it.each([
    ['close together', undefined],
    ['with spaces and line ends', 2],
  ])('knows an answer that differs in id, time, text and usage, written %s', (_how, indent) => {
    const write = (one: Differing) => JSON.stringify(completion(one), null, indent)
    const known = knowing(write(first))
    fc.assert(
      fc.property(differing, (one) => {
        expect(known.find(bytes(write(one)))).toEqual(completion(one).usage)
      }),
    )
  })

  it('knows nothing that it should not, whatever is changed', () => {
    const base = JSON.stringify(completion(first), null, 1)
    const known = knowing(base)
    const change = fc.tuple(
      fc.nat(base.length),
      fc.nat(3),
      fc.constantFrom('', '"', '\\', '\n', '0', '7', 'a', '}', '\\u00e9', '\\x', ' ', ',', '-', '"id":1,'),
    )
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 2 }), (changes) => {
        let json = base
        for (const [at, removed, inserted] of changes) json = json.slice(0, at) + inserted + json.slice(at + removed)
        const usage = known.find(bytes(json))
        if (usage === undefined) return
        const parsed = JSON.parse(json) as ChatCompletion
        expect(usage).toEqual(parsed.usage)
        expect(normaliseUsage(parsed.usage)).toBe(parsed.usage)
        expect(skeleton(json)).toEqual(skeleton(base))
        expect([parsed.id === '', parsed.created > 0]).toEqual([false, true])
      }),
      { numRuns: 5000 },
    )
  })

  it.each([
    ['another model', { model: 'gpt-4' }],
    ['another way to end', { choices: [{ ...completion(first).choices[0], finish_reason: 'length' }] }],
    ['a member more', { extra: 1 }],
    ['an error', { error: { message: 'no' } }],
    ['usage that does not add up', { usage: { ...completion(first).usage, total_tokens: 1 } }],
    ['usage that is no whole number', { usage: { ...completion(first).usage, prompt_tokens: 1.5 } }],
    [
      'no text',
      {
        choices: [
          { ...completion(first).choices[0], message: { ...completion(first).choices[0]!.message, content: null } },
        ],
      },
    ],
  ])('does not know %s', (_name, change) => {
    const known = knowing(JSON.stringify(completion(first)))
    expect(known.find(bytes(JSON.stringify({ ...completion(first), ...change })))).toBeUndefined()
  })

  it.each([
    ['a member twice', JSON.stringify(completion(first)).replace('{"id"', '{"id":"other","id"')],
    ['a count twice', JSON.stringify(completion(first)).replace('"usage":{', '"usage":{"prompt_tokens":1,')],
    ['no text', JSON.stringify(completion(first)).replace('"Hello"', 'null')],
  ])('learns nothing from a document with %s', (_name, json) => {
    expect(knowing(json).find(bytes(json))).toBeUndefined()
  })

  it('keeps what it gave apart from what it learned', () => {
    const known = knowing(JSON.stringify(completion(first)))
    const other = { ...first, prompt: 7, cached: 3 }
    known.find(bytes(JSON.stringify(completion(other))))
    expect(known.find(bytes(JSON.stringify(completion(first))))).toEqual(completion(first).usage)
  })

  it('stops learning where every document is of a kind of its own', () => {
    const known = new KnownDocuments()
    const write = (kind: number) => JSON.stringify({ ...completion(first), model: `model-${kind}` })
    for (let kind = 0; kind < 200; kind++) known.learn(bytes(write(kind)), completion(first).usage)
    expect(known.find(bytes(write(199)))).toBeUndefined()
  })
})
