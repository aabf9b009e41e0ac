import type { ChatCompletionCreateParams, ChatCompletionMessageParam } from '@sluice/core/wire'
import { describe, expect, it } from 'vitest'
import { encodeChat } from '../../src/openai-compatible/encode/encode-chat.ts'
import { encodeMessages } from '../../src/openai-compatible/encode/encode-messages.ts'
import type {
  MessageRules,
  OpenAICompatibleSpec,
} from '../../src/openai-compatible/openai-compatible-spec.ts'

type Alike = Omit<OpenAICompatibleSpec, 'id' | 'baseURL'>
const user: ChatCompletionMessageParam = { role: 'user', content: 'Hello.' }

function encode(alike: Alike, params: Partial<ChatCompletionCreateParams>, stream = false) {
  const whole = { model: 'm', messages: [user], ...params }
  return encodeChat({ id: 'alike', baseURL: 'https://alike.example', ...alike }, whole, {
    model: 'm',
    stream,
  })
}

const cases: readonly (readonly [
  string,
  Alike,
  Partial<ChatCompletionCreateParams>,
  set: object,
  unset: string[],
])[] = [
  ['nothing where nothing differs', {}, { temperature: 1 }, {}, []],
  [
    'a renamed param',
    { renames: { seed: 'random_seed' } },
    { seed: 7 },
    { random_seed: 7 },
    ['seed'],
  ],
  [
    'a renamed param that is null as if it were absent',
    { renames: { seed: 'random_seed' } },
    { seed: null },
    {},
    ['seed'],
  ],
  [
    'the vendor’s own name where the client gives both',
    { renames: { max_completion_tokens: 'max_tokens' } },
    { max_completion_tokens: 5, max_tokens: 9 },
    {},
    ['max_completion_tokens'],
  ],
  ['a default where the client is silent', { defaults: { top_k: 50 } }, {}, { top_k: 50 }, []],
  ['no default where the client speaks', { defaults: { top_k: 50 } }, { top_k: 1 }, {}, []],
  [
    'no default in the place of a renamed param',
    { renames: { max_completion_tokens: 'max_tokens' }, defaults: { max_tokens: 512 } },
    { max_completion_tokens: 9 },
    { max_tokens: 9 },
    ['max_completion_tokens'],
  ],
  [
    'a value that is lowered to the largest',
    { maximums: { temperature: 1 } },
    { temperature: 1.5 },
    { temperature: 1 },
    [],
  ],
  [
    'a value within bounds as it is',
    { maximums: { temperature: 1 } },
    { temperature: 0.5 },
    {},
    [],
  ],
  [
    'a renamed value that is lowered too',
    { renames: { max_completion_tokens: 'max_tokens' }, maximums: { max_tokens: 100 } },
    { max_completion_tokens: 900 },
    { max_tokens: 100 },
    ['max_completion_tokens'],
  ],
  ['no param that the vendor lacks', { drops: ['store', 'user'] }, { store: true }, {}, ['store']],
  [
    'what follows from another param',
    { deriveParams: ({ user: who }) => ({ user: undefined, caller: who }) },
    { user: 'u' },
    { caller: 'u' },
    ['user'],
  ],
  [
    'no options of a stream without a stream',
    {},
    { stream_options: { include_usage: true } },
    {},
    ['stream_options'],
  ],
]

describe('encodeChat', () => {
  it.each(cases)('sends %s', (_what, alike, params, set, unset) => {
    expect(encode(alike, params).patch).toEqual({ set, unset })
  })

  it('asks for the usage of every stream, and keeps what else the client asks of it', () => {
    const include_usage = true
    expect(encode({}, { stream: true }, true).patch!.set).toEqual({
      stream_options: { include_usage },
    })
    expect(
      encode({}, { stream: true, stream_options: { include_usage } }, true).patch!.set,
    ).toEqual({})
    const padded = encode(
      {},
      { stream: true, stream_options: { include_usage: false, include_obfuscation: false } },
      true,
    )
    expect(padded.patch!.set).toEqual({
      stream_options: { include_usage, include_obfuscation: false },
    })
  })

  it('keeps the question from a vendor that refuses it', () => {
    const params = { stream: true, stream_options: { include_usage: true } }
    expect(encode({ requestStreamUsage: false }, params, true).patch).toEqual({
      set: {},
      unset: ['stream_options'],
    })
  })

  it('gives a schema in words to a vendor that knows none, in front of everything', () => {
    const schema = { type: 'object', properties: { x: { type: 'number' } } }
    const response_format = {
      type: 'json_schema' as const,
      json_schema: { name: 'point', schema, strict: true },
    }
    const { set } = encode(
      { jsonSchema: 'prompt', messages: { roles: { developer: 'system' } } },
      { response_format },
    ).patch!
    expect(set['response_format']).toEqual({ type: 'json_object' })
    const [instruction, ...rest] = set['messages'] as ChatCompletionMessageParam[]
    expect(instruction!.role).toBe('system')
    expect(instruction!.content).toContain(JSON.stringify(schema))
    expect(rest).toEqual([user])
    expect(encode({}, { response_format }).patch!.set).toEqual({})
  })

  it('names what of the messages is lost', () => {
    const named = { ...user, name: 'ada' }
    expect(
      encode({ messages: { members: ['role', 'content'] } }, { messages: [named, user] }),
    ).toEqual({
      patch: { set: { messages: [user, user] }, unset: [] },
      drops: ['messages.name'],
    })
  })
})

const said: ChatCompletionMessageParam = {
  role: 'assistant',
  content: 'Hi.',
  reasoning_content: 'Greet.',
}
const called: ChatCompletionMessageParam = {
  role: 'assistant',
  content: null,
  tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
}

describe('encodeMessages', () => {
  it('gives the very array back where nothing has to change, so that the client’s bytes can go on', () => {
    const messages = [user, said]
    expect(
      encodeMessages(messages, { roles: { developer: 'system' }, requiresReasoning: true })
        .messages,
    ).toBe(messages)
  })

  it.each<[string, MessageRules, ChatCompletionMessageParam, object, string[]]>([
    [
      'another role',
      { roles: { developer: 'system' } },
      { role: 'developer', content: 'x' },
      { role: 'system', content: 'x' },
      [],
    ],
    [
      'thoughts elsewhere',
      { thoughts: 'reasoning' },
      said,
      { role: 'assistant', content: 'Hi.', reasoning: 'Greet.' },
      [],
    ],
    [
      'a blank for thoughts that a call lacks',
      { requiresReasoning: true },
      called,
      { ...called, reasoning_content: ' ' },
      [],
    ],
    [
      'a blank for empty thoughts',
      { requiresReasoning: true },
      { ...called, reasoning_content: '' },
      { ...called, reasoning_content: ' ' },
      [],
    ],
    [
      'thoughts that are there',
      { requiresReasoning: true },
      { ...called, reasoning_content: 'T' },
      { ...called, reasoning_content: 'T' },
      [],
    ],
    [
      'no blank without a call',
      { requiresReasoning: true },
      { role: 'assistant', content: 'x' },
      { role: 'assistant', content: 'x' },
      [],
    ],
    [
      'no member that only an answer has, without a word',
      { members: ['role', 'content'] },
      { ...said, refusal: null, annotations: [] },
      { role: 'assistant', content: 'Hi.' },
      [],
    ],
    [
      'no name, and says so',
      { members: ['role', 'content'] },
      { ...user, name: 'ada' },
      user,
      ['messages.name'],
    ],
    [
      'no empty name, without a word',
      { members: ['role', 'content'] },
      { ...user, name: null } as never,
      user,
      [],
    ],
  ])('sends %s', (_what, rules, message, wanted, drops) => {
    const before = structuredClone(message)
    expect(encodeMessages([message], rules)).toEqual({ messages: [wanted], drops })
    expect(message).toEqual(before)
  })
})
