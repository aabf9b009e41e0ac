import { ApiError } from '@sluice/core'
import type { ResponseCreateParams } from '@sluice/core/wire'
import { describe, expect, it } from 'vitest'
import { toChatParams } from '../../../src/emulation/responses/to-chat-params.ts'

const chat = (params: Partial<ResponseCreateParams>) =>
  toChatParams({ model: 'm', input: 'Hi', ...params }).params
const messages = (input: NonNullable<ResponseCreateParams['input']>) => chat({ input }).messages
const f = {
  type: 'function',
  name: 'f',
  description: 'does',
  parameters: { type: 'object' },
  strict: true,
}

describe('toChatParams', () => {
  it('asks what was asked', () => {
    expect(
      chat({ instructions: 'Be brief.', stream: true, temperature: 0.5, top_p: null, store: true }),
    ).toEqual({
      model: 'm',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hi' },
      ],
      stream: true,
      temperature: 0.5,
    })
  })

  it.each<[string, Partial<ResponseCreateParams>, object]>([
    ['a bound', { max_output_tokens: 20 }, { max_completion_tokens: 20 }],
    ['an effort', { reasoning: { effort: 'low', summary: 'auto' } }, { reasoning_effort: 'low' }],
    [
      'JSON',
      { text: { format: { type: 'json_object' } } },
      { response_format: { type: 'json_object' } },
    ],
    ['plain text', { text: { format: { type: 'text' }, verbosity: 'low' } }, { verbosity: 'low' }],
    [
      'a schema',
      {
        text: {
          format: { type: 'json_schema', name: 'n', schema: { type: 'object' }, strict: true },
        },
      },
      {
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'n', schema: { type: 'object' }, strict: true },
        },
      },
    ],
    [
      'log probabilities',
      { include: ['message.output_text.logprobs'], top_logprobs: 2 },
      { logprobs: true, top_logprobs: 2 },
    ],
    [
      'a function',
      { tools: [f] },
      {
        tools: [
          {
            type: 'function',
            function: {
              name: 'f',
              description: 'does',
              parameters: { type: 'object' },
              strict: true,
            },
          },
        ],
      },
    ],
    ['a choice of tools that are not there', { tool_choice: 'auto', tools: [] }, {}],
    [
      'how calls are made, where none can be',
      { parallel_tool_calls: false, tools: [{ type: 'mcp' }] },
      {},
    ],
    [
      'what only Responses has',
      { client_metadata: { a: 'b' }, generate: true, context_management: null },
      {},
    ],
    [
      'a field of the name of what all objects have',
      JSON.parse('{"__proto__":{"n":9}}') as object,
      {},
    ],
    ['a field that nobody knows', { top_k: 3 }, { top_k: 3 }],
    ['metadata, which nobody reads', { metadata: { a: 'b' } }, {}],
  ])('carries %s', (_what, params, wanted) => {
    const { model: _model, messages: _messages, ...rest } = chat(params)
    expect(rest).toEqual(wanted)
  })

  it.each([
    ['required', 'required', ['f', 'g']],
    [{ type: 'function', name: 'f' }, { type: 'function', function: { name: 'f' } }, ['f', 'g']],
    [
      { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'g' }] },
      'required',
      ['g'],
    ],
  ])('carries the choice %j', (choice, wanted, names) => {
    const { tools, tool_choice } = chat({ tools: [f, { ...f, name: 'g' }], tool_choice: choice })
    expect([tool_choice, tools!.map((tool) => tool.function?.name)]).toEqual([wanted, names])
  })

  it('makes one message of the thoughts, words and calls of a turn', () => {
    expect(
      messages([
        { type: 'message', role: 'user', content: 'Weather?' },
        { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Look it up.' }] },
        {
          type: 'message',
          role: 'assistant',
          content: [{ type: 'output_text', text: 'A moment.' }],
        },
        { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{"a":1}' },
        { type: 'function_call', call_id: 'c2', name: 'f', arguments: '{}' },
        { type: 'function_call_output', call_id: 'c1', output: 'Sunny' },
        {
          type: 'function_call_output',
          call_id: 'c2',
          output: [{ type: 'input_text', text: 'Dry' }],
        },
      ]),
    ).toEqual([
      { role: 'user', content: 'Weather?' },
      {
        role: 'assistant',
        content: 'A moment.',
        reasoning_content: 'Look it up.',
        tool_calls: [
          { id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } },
          { id: 'c2', type: 'function', function: { name: 'f', arguments: '{}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'Sunny' },
      { role: 'tool', tool_call_id: 'c2', content: 'Dry' },
    ])
  })

  it('carries pictures, sounds and files', () => {
    const content = [
      { type: 'input_text', text: 'What is this?' },
      { type: 'input_image', image_url: 'https://a.example/b.png', detail: 'low' },
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
      { type: 'input_file', filename: 'a.pdf', file_data: 'AAAA' },
    ]
    expect(messages([{ type: 'message', role: 'user', content }])[0]!.content).toEqual([
      { type: 'text', text: 'What is this?' },
      { type: 'image_url', image_url: { url: 'https://a.example/b.png', detail: 'low' } },
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
      { type: 'file', file: { filename: 'a.pdf', file_data: 'AAAA' } },
    ])
  })

  it('asks for pictures as fine as chat has them', () => {
    const content = [
      { type: 'input_image', image_url: 'https://a.example/b.png', detail: 'original' },
    ]
    expect(messages([{ type: 'message', role: 'user', content }])[0]!.content).toEqual([
      { type: 'image_url', image_url: { url: 'https://a.example/b.png', detail: 'high' } },
    ])
  })

  it.each<[string, Partial<ResponseCreateParams>, object, string[]]>([
    [
      'the tools of the vendor and unknown ones',
      {
        tools: [
          f,
          ...'web_search file_search code_interpreter image_generation mcp computer __proto__'
            .split(' ')
            .map((type) => ({ type })),
        ],
      },
      { names: ['f'] },
      [
        'tools.web_search',
        'tools.file_search',
        'tools.code_interpreter',
        'tools.image_generation',
        'tools.mcp',
        'tools.computer',
        'tools.__proto__',
      ],
    ],
    [
      'a choice of one of those',
      { tools: [f, { type: 'mcp' }], tool_choice: { type: 'mcp' } },
      { names: ['f'], choice: 'auto' },
      ['tools.mcp', 'tool_choice'],
    ],
    [
      'a call that is required of none',
      { tools: [{ type: 'mcp', server_label: 's' }], tool_choice: 'required' },
      {},
      ['tools.mcp', 'tool_choice'],
    ],
    [
      'a choice of a tool that is not there',
      { tools: [f], tool_choice: { type: 'mcp' } },
      { names: ['f'], choice: 'auto' },
      ['tool_choice'],
    ],
    [
      'tools allowed among others',
      {
        tools: [f, { ...f, name: 'g' }, { type: 'mcp' }],
        tool_choice: {
          type: 'allowed_tools',
          mode: 'auto',
          tools: [{ type: 'function', name: 'g' }, { type: 'mcp' }, null],
        },
      },
      { names: ['g'], choice: 'auto' },
      ['tools.mcp'],
    ],
  ])('leaves out %s and says so', (_what, params, wanted, said) => {
    const { params: asked, drops } = toChatParams({ model: 'm', input: 'Hi', ...params })
    const names = asked.tools?.map((tool) => tool.function?.name)
    const choice = asked.tool_choice
    expect({ ...(names && { names }), ...(choice && { choice }) }).toEqual(wanted)
    expect(drops).toEqual(said)
  })

  it('leaves out what a model can do without, and says so', () => {
    const { params, drops } = toChatParams({
      model: 'm',
      input: [
        { type: 'web_search_call', id: 'ws_1' },
        { type: 'message', role: 'user', content: 'Hi' },
      ],
      truncation: 'auto',
      include: ['reasoning.encrypted_content'],
      max_tool_calls: 3,
    })
    expect(params.messages).toEqual([{ role: 'user', content: 'Hi' }])
    expect(drops).toEqual(['input.web_search_call', 'truncation', 'max_tool_calls', 'include'])
  })

  it.each<[Partial<ResponseCreateParams>, string]>([
    [{ text: { format: { type: 'grammar' } } }, 'text.format.type'],
    [{ input: [{ type: 'message', role: 'critic', content: 'x' }] }, 'input[0].role'],
    [
      { input: [{ type: 'message', role: 'user', content: [{ type: 'input_video' }] }] },
      'input[0].content[0].type',
    ],
    [{ input: [{ type: 'item_reference', id: 'msg_1' }] }, 'input[0].type'],
    [
      {
        input: [
          { type: 'message', role: 'user', content: [{ type: 'input_image', file_id: 'f' }] },
        ],
      },
      'input[0].content[0].file_id',
    ],
    [{ previous_response_id: 'resp_1' }, 'previous_response_id'],
    [{ conversation: 'conv_1' }, 'conversation'],
    [{ prompt: { id: 'p' } }, 'prompt'],
    [{ background: true }, 'background'],
  ])('refuses %j by name', (params, param) => {
    expect(() => chat(params)).toThrow(expect.objectContaining({ status: 400, param }) as ApiError)
  })
})
