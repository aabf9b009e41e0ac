import type {
  ChatCompletionMessageParam,
  ResponseCreateParams,
  ResponseItem,
} from '@sluice/core/wire'
import { describe, expect, it } from 'vitest'
import { ChatTools } from '../../../src/emulation/responses/chat-tools.ts'
import { compactionItem } from '../../../src/emulation/responses/compaction-item.ts'
import { toChatMessages } from '../../../src/emulation/responses/to-chat-messages.ts'

function say(
  input: readonly ResponseItem[],
  { instructions, holdsMedia = false, tools: given }: Partial<Options> = {},
) {
  const drops = new Set<string>()
  const params = {
    model: 'm',
    input,
    ...(instructions === undefined ? {} : { instructions }),
    ...(given === undefined ? {} : { tools: given }),
  }
  const tools = new ChatTools(params, { searches: false, unknownTools: 'drop', drops: new Set() })
  const messages = toChatMessages(params, { holdsMedia, tools, drops })
  return { messages, drops: [...drops] }
}

interface Options {
  readonly instructions: string
  readonly holdsMedia: boolean
  readonly tools: NonNullable<ResponseCreateParams['tools']>
}

/**
 * A conversation in short: `u:text`, `a:text`, `a[c1,c2]` for calls, `t(c1):text` for what they
 * gave.
 */
function short(messages: readonly ChatCompletionMessageParam[]): string[] {
  return messages.map(({ role, content, tool_calls: calls, tool_call_id: id }) => {
    const asked = calls === undefined ? '' : `[${calls.map((call) => call.id).join()}]`
    const said =
      typeof content === 'string'
        ? `:${content}`
        : content
          ? `:${content.map(({ type }) => type).join()}`
          : ''
    return `${role[0]!}${asked}${id === undefined ? '' : `(${id})`}${said}`
  })
}

const user = (content: unknown = 'hi'): ResponseItem => ({ type: 'message', role: 'user', content })
const said = (content: unknown): ResponseItem => ({ type: 'message', role: 'assistant', content })
const called = (id: string, name = 'f'): ResponseItem => ({
  type: 'function_call',
  call_id: id,
  name,
  arguments: `{"of":"${id}"}`,
})
const gave = (id: string, output: unknown = `out ${id}`): ResponseItem => ({
  type: 'function_call_output',
  call_id: id,
  output,
})
const MISSING = 'The result of this call is not known.'
const picture = { type: 'input_image', image_url: 'data:image/png;base64,AAAA' }

describe('toChatMessages', () => {
  it.each<[string, ResponseItem[], string[]]>([
    [
      'parallel calls',
      [called('a'), called('b'), gave('a'), gave('b')],
      ['a[a,b]', 't(a):out a', 't(b):out b'],
    ],
    [
      'outputs in another order',
      [called('a'), called('b'), gave('b'), gave('a')],
      ['a[a,b]', 't(a):out a', 't(b):out b'],
    ],
    [
      'calls one after the other',
      [called('a'), gave('a'), called('b'), gave('b')],
      ['a[a]', 't(a):out a', 'a[b]', 't(b):out b'],
    ],
    [
      'words between a call and its output',
      [called('a'), user(), gave('a')],
      ['a[a]', 't(a):out a', 'u:hi'],
    ],
    [
      'an answer between a call and its output',
      [called('a'), said('so'), gave('a')],
      ['a[a]', 't(a):out a', 'a:so'],
    ],
    ['an output before its call', [gave('a'), user(), called('a')], ['u:hi', 'a[a]', 't(a):out a']],
    ['a call without an output', [called('a'), user()], ['a[a]', `t(a):${MISSING}`, 'u:hi']],
    [
      'one of two without',
      [called('a'), called('b'), gave('b')],
      ['a[a,b]', `t(a):${MISSING}`, 't(b):out b'],
    ],
    ['a call at the very end', [user(), called('a')], ['u:hi', 'a[a]', `t(a):${MISSING}`]],
    [
      'a second output',
      [called('a'), gave('a'), gave('a', 'more')],
      ['a[a]', 't(a):out a', 'u:The tool call a gave:\nmore'],
    ],
    [
      'calls split by thoughts',
      [called('a'), { type: 'reasoning', summary: [] }, called('b'), gave('a'), gave('b')],
      ['a[a,b]', 't(a):out a', 't(b):out b'],
    ],
    [
      'an id that comes again',
      [called('a'), gave('a', '1'), called('a'), gave('a', '2')],
      ['a[a]', 't(a):1', 'a[a_2]', 't(a_2):2'],
    ],
    [
      'one id for parallel calls',
      [called('a'), called('a'), gave('a', '1'), gave('a', '2')],
      ['a[a,a_2]', 't(a):1', 't(a_2):2'],
    ],
    [
      'an id made twice that is there already',
      [called('a_2'), called('a'), called('a'), gave('a'), gave('a')],
      ['a[a_2,a,a_3]', `t(a_2):${MISSING}`, 't(a):out a', 't(a_3):out a'],
    ],
    [
      'an unanswered id that comes again',
      [called('a'), user(), called('a'), gave('a')],
      ['a[a]', `t(a):${MISSING}`, 'u:hi', 'a[a_2]', 't(a_2):out a'],
    ],
    [
      'ids that objects have',
      [called('__proto__'), called('constructor'), gave('constructor'), gave('__proto__')],
      ['a[__proto__,constructor]', 't(__proto__):out __proto__', 't(constructor):out constructor'],
    ],
  ])('puts in order: %s', (_what, input, wanted) => {
    expect(short(say(input).messages)).toEqual(wanted)
  })

  it('never leaves a call without its result behind it, whatever the order', () => {
    let seed = 7
    const draw = (below: number) => (seed = (seed * 16_807) % 2_147_483_647) % below
    for (let round = 0; round < 500; round++) {
      const input = Array.from({ length: 12 }, () => {
        const id = 'abc'[draw(3)]!
        return [user(), said('so'), called(id), gave(id)][draw(4)]!
      })
      // An output without any call is refused.
      const messages = say([...input, called('a'), called('b'), called('c')]).messages
      const ids = messages.flatMap(({ tool_calls: calls }) => (calls ?? []).map(({ id }) => id))
      expect(new Set(ids).size).toBe(ids.length)
      for (const [at, { role, tool_calls: calls = [] }] of messages.entries()) {
        const behind = messages.slice(at + 1, at + 1 + calls.length)
        expect(behind.map((message) => message.tool_call_id)).toEqual(calls.map(({ id }) => id))
        if (role === 'tool') expect(['assistant', 'tool']).toContain(messages[at - 1]?.role)
      }
      const told = messages.filter(
        ({ content }) => typeof content === 'string' && content.includes('out '),
      ).length
      expect(told).toBe(input.filter(({ type }) => type === 'function_call_output').length)
    }
  })

  it('shows pictures and files of tools behind the last result, in order, each with its call', () => {
    const file = { type: 'input_file', filename: 'a.pdf', file_data: 'AAAA' }
    const input = [
      called('a', 'view'),
      called('b', 'read'),
      gave('a', [
        { type: 'input_text', text: 'one' },
        picture,
        { type: 'input_text', text: 'two' },
      ]),
      gave('b', [file]),
      user('and?'),
    ]
    expect(say(input).messages.slice(1)).toEqual([
      { role: 'tool', tool_call_id: 'a', content: 'one\ntwo' },
      { role: 'tool', tool_call_id: 'b', content: 'The result is in the message that follows.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'The tool view gave this for the call a:' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
          { type: 'text', text: 'The tool read gave this for the call b:' },
          { type: 'file', file: { filename: 'a.pdf', file_data: 'AAAA' } },
        ],
      },
      { role: 'user', content: 'and?' },
    ])
  })

  it('leaves them where they are for vendors that take them there', () => {
    const input = [called('a'), gave('a', [{ type: 'input_text', text: 'one' }, picture])]
    expect(short(say(input, { holdsMedia: true }).messages)).toEqual([
      'a[a]',
      't(a):text,image_url',
    ])
  })

  it('shows the pictures of a second output', () => {
    const input = [called('a'), gave('a'), gave('a', [picture])]
    expect(short(say(input).messages)).toEqual(['a[a]', 't(a):out a', 'u:text,image_url'])
  })

  it.each([
    'function_call_output',
    'custom_tool_call_output',
    'local_shell_call_output',
    'shell_call_output',
    'apply_patch_call_output',
  ])('refuses a %s whose call is not there, as OpenAI does', (type) => {
    const input = [user(), { type, call_id: 'x', output: 'out' }]
    expect(() => say(input)).toThrow(
      expect.objectContaining({ status: 400, param: 'input[1].call_id' }) as Error,
    )
  })

  it('shows what a tool of the vendor gave whose call is not there', () => {
    const output = { type: 'computer_screenshot', image_url: 'data:image/png;base64,AAAA' }
    const input = [{ type: 'computer_call_output', call_id: 'x', output }]
    expect(short(say(input).messages)).toEqual(['u:text,image_url'])
  })

  it('names calls as their tools are named in chat', () => {
    const tools = [
      { type: 'function', name: 'list' },
      { type: 'custom', name: 'list' },
      {
        type: 'namespace',
        name: 'agents',
        tools: [
          { type: 'function', name: 'list' },
          { type: 'custom', name: 'patch' },
        ],
      },
    ]
    const input = [
      called('a', 'list'),
      { ...called('b', 'list'), namespace: 'agents' },
      { type: 'custom_tool_call', call_id: 'c', name: 'list', input: 'x' },
      {
        type: 'custom_tool_call',
        call_id: 'd',
        name: 'patch',
        namespace: 'agents',
        input: 'x',
      },
      { ...called('e', 'gone'), namespace: 'agents' },
    ]
    const [turn] = say(input, { tools }).messages
    expect(turn!.tool_calls!.map((one) => one.function?.name)).toEqual([
      'list',
      'agents__list',
      'list_2',
      'agents__patch',
      'agents__gone',
    ])
  })

  it('tells a summary in place of what it sums up', () => {
    const { messages, drops } = say([compactionItem('cmp_1', 'All is \u{1f600} well.'), user()])
    expect(short(messages)).toEqual([
      'u:This sums up the conversation so far:\n\nAll is \u{1f600} well.',
      'u:hi',
    ])
    expect(drops).toEqual([])
  })

  it.each([
    'x',
    'sluice-compaction-v1.',
    'sluice-compaction-v1.AAAA',
    `sluice-compaction-v1.${Buffer.from('{"v":2,"summary":"x"}').toString('base64url')}`,
    `sluice-compaction-v1.${Buffer.from('{"v":1,"summary":{}}').toString('base64url')}`,
    7,
  ])('leaves out a summary that it cannot read: %j', (content) => {
    const { messages, drops } = say([{ type: 'compaction', encrypted_content: content }, user()])
    expect([short(messages), drops]).toEqual([['u:hi'], ['input.compaction']])
  })

  it('asks for a summary where the last item wants one', () => {
    const trigger = { type: 'compaction_trigger' }
    const { messages } = say([user(), called('a'), gave('a'), trigger])
    expect(short(messages)).toEqual([
      'u:hi',
      'a[a]',
      't(a):out a',
      expect.stringMatching(/^u:Sum up the conversation/),
    ])
    expect(say([user(), trigger, user()]).drops).toEqual(['input.compaction_trigger'])
  })

  it.each<[string, ResponseItem, ResponseItem, string, string, string]>([
    [
      'custom',
      { type: 'custom_tool_call', call_id: 'c', name: 'apply_patch', input: '*** Begin' },
      {
        type: 'custom_tool_call_output',
        call_id: 'c',
        output: [{ type: 'input_text', text: 'ok' }],
      },
      'apply_patch',
      '{"input":"*** Begin"}',
      'ok',
    ],
    [
      'custom with an odd name',
      { type: 'custom_tool_call', call_id: 'c', name: 'fs.write/1', input: 'x' },
      { type: 'custom_tool_call_output', call_id: 'c', output: 'ok' },
      'fs_write_1',
      '{"input":"x"}',
      'ok',
    ],
    [
      'local shell',
      {
        type: 'local_shell_call',
        id: 'l',
        call_id: 'c',
        action: { type: 'exec', command: ['ls'] },
      },
      { type: 'local_shell_call_output', id: 'c', output: 'a b' },
      'local_shell',
      '{"command":["ls"]}',
      'a b',
    ],
    [
      'shell',
      { type: 'shell_call', call_id: 'c', action: { commands: ['ls'] } },
      { type: 'shell_call_output', call_id: 'c', output: [{ stdout: 'a', stderr: '' }] },
      'shell',
      '{"commands":["ls"]}',
      '[{"stdout":"a","stderr":""}]',
    ],
    [
      'apply patch',
      { type: 'apply_patch_call', call_id: 'c', operation: { type: 'delete_file', path: 'a' } },
      { type: 'apply_patch_call_output', call_id: 'c', status: 'completed' },
      'apply_patch',
      '{"type":"delete_file","path":"a"}',
      'completed',
    ],
    [
      'tool search',
      { type: 'tool_search_call', call_id: 'c', arguments: { query: 'q' } },
      { type: 'tool_search_output', call_id: 'c', tools: [] },
      'tool_search',
      '{"query":"q"}',
      '',
    ],
    [
      'program',
      { type: 'program', call_id: 'c', code: '1' },
      { type: 'program_output', call_id: 'c', result: '1' },
      'program',
      '{"code":"1"}',
      '1',
    ],
  ])('carries calls of a %s as calls', (_what, call, result, name, given, output) => {
    const { messages, drops } = say([call, result])
    expect(messages[0]!.tool_calls![0]!.function).toEqual({ name, arguments: given })
    expect([messages[1]!.role, messages[1]!.content, messages.length, drops]).toEqual([
      'tool',
      output,
      2,
      [],
    ])
  })

  it('carries a call that holds its own result', () => {
    const call = {
      type: 'mcp_call',
      id: 'mcp_1',
      name: 'find',
      arguments: '{"q":1}',
      output: 'found',
      server_label: 's',
    }
    expect(short(say([call]).messages)).toEqual(['a[mcp_1]', 't(mcp_1):found'])
  })

  it('shows the screen that a computer gave', () => {
    const output = { type: 'computer_screenshot', image_url: 'data:image/png;base64,AAAA' }
    const input = [
      { type: 'computer_call', call_id: 'c', action: { type: 'screenshot' } },
      { type: 'computer_call_output', call_id: 'c', output },
    ]
    expect(short(say(input).messages)).toEqual([
      'a[c]',
      't(c):The result is in the message that follows.',
      'u:text,image_url',
    ])
  })

  it('carries the words of an item that nobody knows, and says which it leaves out', () => {
    const { messages, drops } = say([
      {
        type: 'agent_message',
        author: 'root',
        content: [{ type: 'input_text', text: 'done' }, { type: 'encrypted_content' }],
      },
      { type: 'compaction', encrypted_content: 'x' },
      { type: 'additional_tools', role: 'developer', tools: [] },
      { type: 'image_generation_call', id: 'ig_1', result: 'AAAA' },
      { type: 'reasoning', summary: [], content: null, encrypted_content: 'x' },
      { type: '__proto__' },
      user(),
    ])
    expect(short(messages)).toEqual(['u:done', 'u:hi'])
    expect(drops).toEqual([
      'input.compaction',
      'input.image_generation_call',
      'input.reasoning.encrypted_content',
      'input.__proto__',
    ])
  })

  it('names a bounded number of kinds', () => {
    expect(
      say(Array.from({ length: 1000 }, (_, index) => ({ type: `kind_${index}` }))).drops.length,
    ).toBe(32)
  })

  it('gives one system message for all instructions at the beginning, and keeps later ones where they are', () => {
    const developer = (content: unknown) => ({ type: 'message', role: 'developer', content })
    const parts = [
      { type: 'input_text', text: 'Two.' },
      { type: 'input_text', text: 'Three.' },
    ]
    const input = [
      developer(parts),
      { type: 'message', role: 'system', content: 'Four.' },
      user(),
      developer('Five.'),
    ]
    expect(say(input, { instructions: 'One.' }).messages).toEqual([
      { role: 'system', content: 'One.\n\nTwo.\n\nThree.\n\nFour.' },
      { role: 'user', content: 'hi' },
      { role: 'system', content: 'Five.' },
    ])
  })

  it('understands what an assistant said in parts, and in phases', () => {
    const parts = [
      { type: 'output_text', text: 'One', annotations: [] },
      { type: 'refusal', refusal: ' no' },
    ]
    expect(say([{ ...said(parts), phase: 'commentary' }, said([])]).messages).toEqual([
      { role: 'assistant', content: 'One no' },
    ])
  })

  it.each<[string, (count: number) => ResponseItem[]]>([
    [
      'calls and outputs',
      (count) =>
        Array.from({ length: count }, (_, at) => [called(`c${at}`), gave(`c${at}`)]).flat(),
    ],
    [
      'calls under one id',
      (count) => [
        ...Array.from({ length: count }, () => called('c')),
        ...Array.from({ length: count }, () => gave('c')),
      ],
    ],
    [
      'outputs before their calls',
      (count) => [
        ...Array.from({ length: count }, () => gave('c')),
        ...Array.from({ length: count }, () => called('c')),
      ],
    ],
    [
      'kinds that nobody knows',
      (count) => Array.from({ length: count }, (_, at) => ({ type: `k${at}` })),
    ],
  ])('takes twice the time for twice as many %s', (_what, make) => {
    const timeOf = (count: number) => {
      const input = make(count)
      return Math.min(
        ...Array.from({ length: 5 }, () => {
          const start = performance.now()
          say(input)
          return performance.now() - start
        }),
      )
    }
    timeOf(5000)
    const small = timeOf(10_000)
    expect(timeOf(40_000) / Math.max(small, 2)).toBeLessThan(12)
  })
})
