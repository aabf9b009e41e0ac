import type { ChatCompletionMessageParam } from '@sluice/core/wire'
import { deepseek } from '@sluice/providers/deepseek'
import { mistral } from '@sluice/providers/mistral'
import { moonshot } from '@sluice/providers/moonshot'
import { openai } from '@sluice/providers/openai'
import { xai } from '@sluice/providers/xai'
import { hostedRelay } from '@sluice/providers/hosted-relay'
import { openaiCompatible, type ProviderFactory } from '@sluice/providers'
import { call as callOf } from '@sluice/core'
import { lastValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { encodeMessages } from '../../src/openai-compatible/encode/encode-messages.ts'
import { deepFreeze } from '../dialect-answers.ts'
import { completion, upstream } from '../upstream.ts'

type Message = ChatCompletionMessageParam
type Spec = Pick<ProviderFactory, 'spec'>

const user = (content = 'hi'): Message => ({ role: 'user', content })
const assistant = (content: string | null): Message => ({ role: 'assistant', content })
const system = (content = 'be kind'): Message => ({ role: 'system', content })
const calling = (...ids: string[]): Message => ({
  role: 'assistant',
  content: null,
  tool_calls: ids.map((id) => ({
    id,
    type: 'function' as const,
    function: { name: 'f', arguments: '{}' },
  })),
})
const result = (id: string, content = 'x'): Message => ({ role: 'tool', tool_call_id: id, content })

/** What a vendor is sent for these messages, and what is said to be lost. */
function sent({ spec }: Spec, messages: readonly Message[], model = 'm', more: object = {}) {
  const params = deepFreeze({ model, messages, ...more })
  const { patch, drops = [] } = spec.chat!.encode(params, { model, stream: false })
  const given = (patch!.set['messages'] ?? messages) as readonly Message[]
  return { messages: given, roles: given.map(({ role }) => role).join(' '), drops, patch: patch! }
}

describe('the order of roles', () => {
  it.each<[string, Message[], string]>([
    [
      'the user behind a tool',
      [user(), calling('a'), result('a'), user()],
      'user assistant tool assistant user',
    ],
    [
      'the user behind several tools',
      [user(), calling('a', 'b'), result('a'), result('b'), user()],
      'user assistant tool tool assistant user',
    ],
    [
      'the assistant behind a tool',
      [user(), calling('a'), result('a'), assistant('y'), user()],
      'user assistant tool assistant user',
    ],
    [
      'a system message in the middle',
      [system(), user(), assistant('y'), system(), user()],
      'system system user assistant user',
    ],
    [
      'a system message behind a tool',
      [user(), calling('a'), result('a'), system()],
      'system user assistant tool',
    ],
    ['a developer at the end', [user(), { role: 'developer', content: 'x' }], 'system user'],
  ])('fits Mistral with %s', (_what, messages, roles) => {
    expect(sent(mistral, messages).roles).toBe(roles)
  })

  it('marks the last words of the assistant as the beginning of the answer', () => {
    expect(sent(mistral, [user(), assistant('Once')]).messages.at(-1)).toEqual({
      ...assistant('Once'),
      prefix: true,
    })
    expect(sent(openai, [user(), assistant('Once')]).messages.at(-1)).toEqual(assistant('Once'))
  })

  it('takes turns where a model wants them taken', () => {
    const parts: Message = { role: 'user', content: [{ type: 'text', text: 'c' }] }
    const { messages } = sent(
      deepseek,
      [user('a'), user('b'), parts, assistant('d'), assistant('e'), user()],
      'deepseek-reasoner',
    )
    expect(messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a\n\nb' },
          { type: 'text', text: 'c' },
        ],
      },
      assistant('d\n\ne'),
      user(),
    ])
    expect(sent(deepseek, [user('a'), user('b')], 'deepseek-chat').messages).toHaveLength(2)
  })

  it('has no instructions where a model knows none: they begin what the user says', () => {
    const { messages } = sent(
      openai,
      [system('a'), assistant('b'), user('c'), system('d')],
      'o1-mini',
    )
    expect(messages).toEqual([assistant('b'), user('a\n\nd\n\nc')])
  })
})

describe('ids of calls', () => {
  it('become nine letters and digits at Mistral, the same in a call and its result, and different for different calls', () => {
    const ids = ['call_1', 'call_2', 'toolu_01A', '', 'abcdefghi', 'call_1'.repeat(9)]
    const { messages } = sent(mistral, [user(), calling(...ids), ...ids.map((id) => result(id))])
    const calls = messages[1]!.tool_calls!.map(({ id }) => id)
    expect(messages.slice(2).map((message) => message.tool_call_id)).toEqual(calls)
    for (const id of calls) expect(id).toMatch(/^[a-zA-Z0-9]{9}$/)
    expect(new Set(calls).size).toBe(ids.length)
    expect(calls[4]).toBe('abcdefghi')
  })

  it('are shortened for OpenAI where they are too long, and left as they are elsewhere', () => {
    const long = 'c'.repeat(41)
    const conversation = [user(), calling(long, 'call_1'), result(long), result('call_1')]
    const [first, second] = sent(openai, conversation).messages[1]!.tool_calls!
    expect([first!.id.length <= 40, second!.id]).toEqual([true, 'call_1'])
    expect(sent(openai, conversation).messages[2]!.tool_call_id).toBe(first!.id)
    expect(sent(hostedRelay, conversation).messages).toBe(conversation)
  })
})

describe('empty messages', () => {
  it.each<[string, Spec]>([
    ['Moonshot', moonshot],
    ['Mistral', mistral],
    ['DeepSeek', deepseek],
    ['xAI', xai],
  ])('of the assistant are not sent to %s', (_vendor, vendor) => {
    const blank: Message = { role: 'assistant', content: [{ type: 'text', text: '' }] }
    const empty = [
      assistant(''),
      assistant(null),
      blank,
      { role: 'assistant', content: [] } as Message,
    ]
    for (const one of empty)
      expect(sent(vendor, [user(), one, user('again')]).roles).toBe('user user')
    const kept = [user(), calling('abcdefghi'), result('abcdefghi'), assistant('ok'), user()]
    expect(sent(vendor, kept).roles).toBe('user assistant tool assistant user')
  })

  it('of others say that they are empty, and of the system fall out', () => {
    const { messages } = sent(moonshot, [system(''), user(''), calling('a'), result('a', '')])
    expect(messages.map(({ content }) => content)).toEqual(['(empty)', null, '(empty)'])
  })

  it('keep a refusal as what was said', () => {
    for (const vendor of [moonshot, mistral]) {
      const { messages } = sent(vendor, [user(), { ...assistant(null), refusal: 'No.' }, user()])
      expect(messages[1]!.content).toBe('No.')
    }
  })

  it('are the caller’s where there is nothing else', () => {
    expect(sent(moonshot, [assistant('')]).messages).toEqual([assistant('')])
  })

  it('go on where they are taken', () => {
    const messages = [user(), assistant(''), user('')]
    expect(sent(hostedRelay, messages).messages).toBe(messages)
  })
})

describe('what says nothing', () => {
  const odd = {
    ...assistant('x'),
    tool_calls: [],
    function_call: null,
    name: null,
  } as unknown as Message

  it('is left out of messages for every vendor', () => {
    expect(encodeMessages([odd, user()], {}).messages).toEqual([assistant('x'), user()])
    expect(encodeMessages([assistant(null)], {}).messages).toEqual([assistant('')])
  })

  it.each<[string, object, string[], string[]]>([
    [
      'no tools',
      { tools: [], tool_choice: 'auto', parallel_tool_calls: true },
      ['tools', 'tool_choice', 'parallel_tool_calls'],
      [],
    ],
    ['tools that are null', { tools: null, tool_choice: 'none' }, ['tools', 'tool_choice'], []],
    [
      'a call that no tool can answer',
      { tool_choice: 'required' },
      ['tool_choice'],
      ['tool_choice'],
    ],
    ['no stops', { stop: [] }, ['stop'], []],
    ['an empty stop', { stop: '' }, ['stop'], []],
    ['no functions', { functions: [], function_call: 'auto' }, ['functions', 'function_call'], []],
  ])('is not sent: %s', (_what, params, unset, drops) => {
    const { patch, drops: said } = sent(hostedRelay, [user()], 'm', params)
    expect([patch.unset, said]).toEqual([unset, drops])
  })

  it('leaves the stops that are some', () => {
    expect(sent(hostedRelay, [user()], 'm', { stop: ['a', ''] }).patch.set).toEqual({ stop: ['a'] })
  })
})

describe('names and roles', () => {
  it('are as OpenAI takes them', () => {
    const named = (name: string): Message => ({ ...user(), name })
    const { messages } = sent(openai, [
      named('Ada King'),
      named('a<|b|>/c'),
      named('ada'),
      named('x'.repeat(70)),
    ])
    expect(messages.map(({ name }) => name)).toEqual(['Ada_King', 'a_b_c', 'ada', 'x'.repeat(64)])
  })

  it('are those that every server knows, where nobody knows which it is', async () => {
    await using up = await upstream((_req, res) => res.end(JSON.stringify(completion)))
    const provider = openaiCompatible({ id: 'any', baseURL: up.url })
    const messages: Message[] = [{ role: 'developer', content: 'x' }, user()]
    await lastValueFrom(provider(callOf('chat.completions', { model: 'm', messages })))
    const { messages: seen } = JSON.parse(up.requests[0]!.body) as { messages: Message[] }
    expect(seen.map(({ role }) => role)).toEqual(['system', 'user'])
  })
})
