import { describe, expect, it } from 'vitest'
import type { ChatCompletionCreateParams, ChatCompletionTool } from '@sluice/core/wire'
import { chooseTools } from '../src/choose-tool.ts'
import { readConversation } from '../src/read-conversation.ts'

const tool = (name: string, description = ''): ChatCompletionTool => ({
  type: 'function',
  function: { name, description },
})
const TOOLS = [
  tool('get_weather', 'Current weather of a place'),
  tool('get_time', 'Time of day in a place'),
  tool('get-weather-map'),
  tool('AddUp'),
]

function chosen(question: string, more: Partial<ChatCompletionCreateParams> = {}): string[] {
  const params: ChatCompletionCreateParams = {
    model: 'demo',
    messages: [{ role: 'user', content: question }],
    tools: TOOLS,
    ...more,
  }
  return chooseTools(params, readConversation(params.messages)).map((one) => one.tool.function.name)
}
const forced = (name: string) => ({
  tool_choice: { type: 'function' as const, function: { name } },
})
const allowed = (mode: string, ...names: string[]) => ({
  tool_choice: {
    type: 'allowed_tools',
    allowed_tools: { mode, tools: names.map((name) => ({ type: 'function', function: { name } })) },
  },
})

describe('chooseTools', () => {
  it.each<[string, string, Partial<ChatCompletionCreateParams>, string[]]>([
    ['a tool that is named', 'Use get_weather for Paris', {}, ['get_weather']],
    ['whatever the case', 'use GET_WEATHER or addup', {}, ['get_weather', 'AddUp']],
    ['a name spoken in words', 'please get time for me', {}, ['get_time']],
    ['a name inside another script', '请调用get_weather查询天气', {}, ['get_weather']],
    [
      'several in the order of the text',
      'get_time, then get_weather',
      {},
      ['get_time', 'get_weather'],
    ],
    ['none where none is named', 'What is the weather?', {}, []],
    ['none by a part of a longer name', 'try get_weather_now or forget_weather', {}, []],
    [
      'the longer of two names that share their beginning',
      'show get-weather-map',
      {},
      ['get-weather-map'],
    ],
    ['none where there are none', 'Use get_weather', { tools: null }, []],
    ['none where it is forbidden', 'Use get_weather', { tool_choice: 'none' }, []],
    [
      'one at a time where calls may not be parallel',
      'get_time, get_weather',
      { parallel_tool_calls: false },
      ['get_time'],
    ],
    [
      'the one that is forced, whatever the text names',
      'Use get_weather',
      forced('get_time'),
      ['get_time'],
    ],
    [
      'the one that is meant where one is required',
      'What time is it?',
      { tool_choice: 'required' },
      ['get_time'],
    ],
    [
      'the first where one is required and none is meant',
      'Hm',
      { tool_choice: 'required' },
      ['get_weather'],
    ],
    ['the named one where one is required', 'AddUp', { tool_choice: 'required' }, ['AddUp']],
    [
      'only of those that are allowed',
      'get_time, get_weather',
      allowed('auto', 'get_weather'),
      ['get_weather'],
    ],
    [
      'one of those that are allowed where one is required',
      'Hm',
      allowed('required', 'get_time'),
      ['get_time'],
    ],
    [
      'eight at the most',
      'abcdefghij'
        .split('')
        .map((x) => `t_${x}`)
        .join(' '),
      { tools: 'abcdefghij'.split('').map((x) => tool(`t_${x}`)) },
      'abcdefgh'.split('').map((x) => `t_${x}`),
    ],
  ])('calls %s', (_name, question, more, names) => {
    expect(chosen(question, more)).toEqual(names)
  })

  it('calls nothing twice for one question', () => {
    const messages: ChatCompletionCreateParams['messages'] = [
      { role: 'user', content: 'get_weather, then get_time' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          { id: 'a', type: 'function', function: { name: 'get_weather', arguments: '{}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'a', content: 'rain' },
    ]
    expect(chosen('', { messages })).toEqual(['get_time'])
    expect(
      chosen('', { messages: [...messages, { role: 'user', content: 'get_weather again' }] }),
    ).toEqual(['get_weather'])
  })

  it('gives each call the part of the question that speaks of it', () => {
    const messages = [
      { role: 'user' as const, content: 'Use get_weather for Paris and get_time for Rome' },
    ]
    const passages = chooseTools(
      { model: 'demo', messages, tools: TOOLS },
      readConversation(messages),
    ).map((one) => one.passage)
    expect(passages).toEqual(['get_weather for Paris and ', 'get_time for Rome'])
  })

  it('refuses a choice that is not among the tools', () => {
    expect(() => chosen('Hi', forced('nothing'))).toThrow(
      expect.objectContaining({ status: 400, param: 'tool_choice' }),
    )
  })

  it('leaves tools alone that are no functions', () => {
    const custom = {
      type: 'custom',
      custom: { name: 'get_weather' },
    } as unknown as ChatCompletionTool
    expect(chosen('Use get_weather', { tools: [custom] })).toEqual([])
  })
})
