import type { ApiError } from '@sluice/core'
import type { ResponseCreateParams } from '@sluice/core/wire'
import { describe, expect, it } from 'vitest'
import { ChatTools } from '../../../src/emulation/responses/chat-tools.ts'
import { toChatParams } from '../../../src/emulation/responses/to-chat-params.ts'

type Tool = NonNullable<ResponseCreateParams['tools']>[number]

function chatTools(params: Partial<ResponseCreateParams>, unknownTools?: 'refuse') {
  const drops = new Set<string>()
  const tools = new ChatTools(
    { model: 'm', ...params },
    { searches: false, unknownTools: unknownTools ?? 'drop', drops },
  )
  return { tools, names: tools.functions.map((one) => one.function.name), drops: [...drops] }
}

const fn = (name: unknown, more: object = {}): Tool => ({ type: 'function', name, ...more })
const custom = (name: unknown, more: object = {}): Tool => ({ type: 'custom', name, ...more })
const space = (name: unknown, ...tools: unknown[]): Tool => ({ type: 'namespace', name, tools })
const VALID = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/

describe('ChatTools', () => {
  it.each<[string, Tool[], string[]]>([
    ['functions as they are', [fn('a'), fn('9b')], ['a', '9b']],
    ['a custom tool', [custom('apply_patch')], ['apply_patch']],
    ['namespaces', [space('agents', fn('list'), custom('run'))], ['agents__list', 'agents__run']],
    ['the namespace that models know', [space('functions', custom('exec'))], ['exec']],
    [
      'a name that two namespaces have',
      [space('a', fn('x')), space('b', fn('x'))],
      ['a__x', 'b__x'],
    ],
    [
      'names that are one after flattening',
      [space('a', fn('b__c')), space('a__b', fn('c')), fn('a__b__c')],
      ['a__b__c_2', 'a__b__c_3', 'a__b__c'],
    ],
    ['a custom tool named like a function', [custom('f'), fn('f')], ['f_2', 'f']],
    [
      'names that no vendor takes',
      [custom('fs.write/1'), custom('9'), custom('ä'), space('m c p', fn('x.y'))],
      ['fs_write_1', '_9', '_', 'm_c_p__x_y'],
    ],
    [
      'names that objects have',
      [fn('__proto__'), custom('constructor')],
      ['__proto__', 'constructor'],
    ],
    ['the same tool once', [fn('f'), fn('f'), space('a', fn('f'), fn('f'))], ['f', 'a__f']],
    [
      'tools that the client runs',
      [
        { type: 'local_shell' },
        { type: 'shell' },
        { type: 'apply_patch' },
        { type: 'tool_search', execution: 'client' },
      ],
      ['local_shell', 'shell', 'apply_patch', 'tool_search'],
    ],
  ])('names %s', (_what, tools, names) => {
    const found = chatTools({ tools })
    expect(found.names).toEqual(names)
    expect(found.drops).toEqual([])
    expect(new Set(found.names).size).toBe(found.names.length)
  })

  it('leads back from each function to its tool', () => {
    const { tools } = chatTools({
      tools: [fn('f'), custom('f'), space('a', fn('f'), custom('f')), { type: 'shell' }],
    })
    expect(tools.functions.map((one) => tools.targetOf(one.function.name))).toEqual([
      { kind: 'function', name: 'f' },
      { kind: 'custom', name: 'f' },
      { kind: 'function', name: 'f', namespace: 'a' },
      { kind: 'custom', name: 'f', namespace: 'a' },
      { kind: 'shell', name: 'shell' },
    ])
    expect(tools.targetOf('__proto__')).toEqual({ kind: 'function', name: '__proto__' })
  })

  it('finds a tool that is called without its namespace, where one has that name', () => {
    const { tools } = chatTools({
      tools: [space('a', fn('list'), fn('stop')), space('b', fn('list')), fn('f')],
    })
    expect(tools.targetOf('stop')).toEqual({ kind: 'function', name: 'stop', namespace: 'a' })
    expect(tools.targetOf('list')).toEqual({ kind: 'function', name: 'list' })
    expect(tools.targetOf('f')).toEqual({ kind: 'function', name: 'f' })
  })

  it('gives long names their ends, and each its own', () => {
    const long = 'n'.repeat(80)
    const { names, tools } = chatTools({
      tools: [space(long, fn('first'), fn('second'), fn(`${long}1`), fn(`${long}2`))],
    })
    for (const name of names) expect(name).toMatch(VALID)
    expect(new Set(names).size).toBe(4)
    expect(names[0]).toMatch(/n__first$/)
    expect(tools.targetOf(names[3]!)).toEqual({
      kind: 'function',
      name: `${long}2`,
      namespace: long,
    })
  })

  it('finds tools that items of the input bring', () => {
    const input = [
      {
        type: 'additional_tools',
        role: 'developer',
        tools: [space('functions', custom('exec'), fn('wait'))],
      },
      { type: 'tool_search_output', call_id: 'c', tools: [space('mail', fn('send')), fn('late')] },
      { type: 'additional_tools', tools: 'none' },
    ]
    expect(chatTools({ input }).names).toEqual(['exec', 'wait', 'mail__send', 'late'])
  })

  it('tells the model the grammar and what is said of the namespace', () => {
    const format = { type: 'grammar', syntax: 'lark', definition: 'start: "x"' }
    const { tools } = chatTools({
      tools: [
        {
          ...space('agents', fn('list', { description: 'Lists.' }), fn('stop')),
          description: 'Others.',
        },
        custom('patch', { description: 'Edits.', format }),
        custom('say', { format: { type: 'text' } }),
        custom('odd', { format: { type: 'grammar', definition: 7 } }),
      ],
    })
    const told = tools.functions.map((one) => one.function.description)
    expect(told).toEqual([
      'Others.\n\nLists.',
      undefined,
      'Edits.\n\nThe input must be a text of this lark grammar:\nstart: "x"',
      undefined,
      undefined,
    ])
    expect(tools.functions[2]!.function.parameters).toMatchObject({
      properties: { input: { type: 'string' } },
      required: ['input'],
    })
  })

  it.each([
    [{ type: 'mcp' }, 'mcp'],
    [{ type: 'tool_search' }, 'tool_search'],
    [{ type: 'shell', environment: { type: 'container_auto' } }, 'shell'],
    [fn(undefined), 'function'],
    [custom(7), 'custom'],
    [{ type: '__proto__' }, '__proto__'],
  ] as [Tool, string][])('leaves out %j, or refuses it', (tool, kind) => {
    const found = chatTools({ tools: [tool] })
    expect([found.names, found.drops]).toEqual([[], [`tools.${kind}`]])
    expect(() => chatTools({ tools: [space('a', tool)] }, 'refuse')).toThrow(
      expect.objectContaining({ status: 400, param: 'tools[0].tools[0].type' }) as ApiError,
    )
  })

  it.each<[object, unknown]>([
    [{ type: 'custom', name: 'c' }, 'c'],
    [{ type: 'function', name: 'list', namespace: 'agents' }, 'agents__list'],
    [{ type: 'shell' }, 'shell'],
    [{ type: 'tool_search' }, 'tool_search'],
  ])('carries the choice %j', (choice, name) => {
    const tools = [
      custom('c'),
      space('agents', fn('list')),
      { type: 'shell' },
      { type: 'tool_search', execution: 'client' },
    ]
    const ask = (asked: Record<string, unknown>) =>
      toChatParams({ model: 'm', input: 'Hi', tools, tool_choice: asked }).params
    expect(ask({ ...choice }).tool_choice).toEqual({ type: 'function', function: { name } })
    const allowed = ask({ type: 'allowed_tools', mode: 'required', tools: [choice] })
    expect([allowed.tool_choice, allowed.tools!.map((one) => one.function?.name)]).toEqual([
      'required',
      [name],
    ])
  })

  it('takes twice the time for twice as many names that collide', () => {
    const timeOf = (count: number) => {
      const tools = [
        space('a', ...Array.from({ length: count }, (_, at) => custom(`x.${'y'.repeat(60)}${at}`))),
      ]
      return Math.min(
        ...Array.from({ length: 3 }, () => {
          const start = performance.now()
          chatTools({ tools })
          return performance.now() - start
        }),
      )
    }
    timeOf(1000)
    expect(timeOf(20_000) / Math.max(timeOf(5000), 2)).toBeLessThan(12)
  })
})
