import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { chatOfResponse, isResponseBody } from '../../src/chat/chat-of-response.ts'
import { matchOpenAI } from '../../src/dialects/openai-routes.ts'

type Body = Readonly<Record<string, unknown>>
const sent = (name: string) =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8')) as Body
const chat = (body: Body) => chatOfResponse({ model: 'm', input: 'Hi', ...body })
const messagesOf = (input: unknown) => chat({ input }).params.messages

describe('the body of a response that comes to chat', () => {
  it('is known by its input', () => {
    expect(isResponseBody({ input: [] })).toBe(true)
    expect(isResponseBody({ input: [], messages: [] })).toBe(false)
    expect(isResponseBody({ model: 'm' })).toBe(false)
  })

  it('says what an editor says in its first turn', () => {
    const { params, drops } = chatOfResponse(sent('cursor.1'))
    expect(params).toMatchObject({
      model: 'gpt-5.5',
      messages: [
        { role: 'system', content: expect.any(String) as string },
        { role: 'user', content: 'Create a file hello.txt with the word hi' },
      ],
      tools: [
        { type: 'function', function: { name: 'Shell', strict: false } },
        { type: 'function', function: { name: 'Read' } },
        {
          type: 'custom',
          custom: {
            name: 'ApplyPatch',
            format: {
              type: 'grammar',
              grammar: { syntax: 'lark', definition: expect.stringMatching(/^start/) as string },
            },
          },
        },
      ],
      tool_choice: 'auto',
      stream: true,
      stream_options: { include_usage: true },
      reasoning_effort: 'medium',
      verbosity: 'low',
    })
    expect(Object.keys(params).sort()).toEqual(
      'messages model reasoning_effort stream stream_options tool_choice tools verbosity'.split(
        ' ',
      ),
    )
    expect(drops).toEqual([])
  })

  it('says what it says in its second turn', () => {
    const { params } = chatOfResponse(sent('cursor.2'))
    expect(params.messages.slice(2)).toEqual([
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          {
            id: 'call_1',
            type: 'custom',
            custom: {
              name: 'ApplyPatch',
              input: '*** Begin Patch\n*** Add File: hello.txt\n+hi\n*** End Patch',
            },
          },
        ],
      },
      { role: 'tool', tool_call_id: 'call_1', content: expect.any(String) as string },
    ])
    expect(params.tools).toBeUndefined()
    expect(params.tool_choice).toBeUndefined()
  })

  it.each<[string, Body, object]>([
    ['a limit', { max_output_tokens: 5 }, { max_completion_tokens: 5 }],
    ['instructions', { instructions: 'Be brief.' }, {}],
    ['sampling', { temperature: 0.5, top_p: null, user: 'u' }, { temperature: 0.5, user: 'u' }],
    [
      'JSON',
      { text: { format: { type: 'json_object' } } },
      { response_format: { type: 'json_object' } },
    ],
    ['text', { text: { format: { type: 'text' } } }, {}],
    [
      'a schema',
      { text: { format: { type: 'json_schema', name: 'n', schema: {}, strict: true } } },
      {
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'n', schema: {}, strict: true },
        },
      },
    ],
    ['what is to be stored', { store: true }, { store: true }],
    [
      'what means nothing in chat',
      {
        store: false,
        truncation: 'disabled',
        include: ['reasoning.encrypted_content'],
        previous_response_id: null,
        prompt_cache_retention: '24h',
        parallel_tool_calls: true,
      },
      {},
    ],
  ])('carries %s', (_what, body, wanted) => {
    const { model: _model, messages: _messages, ...rest } = chat(body).params
    expect(rest).toEqual(wanted)
  })

  it('says what it leaves out', () => {
    const { params, drops } = chat({
      input: [
        { type: 'web_search_call', id: 'ws_1' },
        { role: 'user', content: 'Hi' },
      ],
      tools: [{ type: 'web_search' }, { type: '__proto__' }],
      tool_choice: 'required',
      previous_response_id: 'resp_1',
      truncation: 'auto',
      background: true,
    })
    expect(params.messages).toEqual([{ role: 'user', content: 'Hi' }])
    expect(drops).toEqual([
      'input.web_search_call',
      'tools.web_search',
      'tools.__proto__',
      'truncation',
      'previous_response_id',
      'background',
    ])
  })

  it.each<[unknown, unknown]>([
    ['required', 'required'],
    [
      { type: 'function', name: 'f' },
      { type: 'function', function: { name: 'f' } },
    ],
    [
      { type: 'custom', name: 'c' },
      { type: 'custom', custom: { name: 'c' } },
    ],
    [
      { type: 'allowed_tools', mode: 'required', tools: [{ type: 'custom', name: 'c' }] },
      {
        type: 'allowed_tools',
        allowed_tools: { mode: 'required', tools: [{ type: 'custom', custom: { name: 'c' } }] },
      },
    ],
    [{ type: 'web_search' }, 'auto'],
  ])('carries the choice %j', (choice, wanted) => {
    const tools = [
      { type: 'function', name: 'f', parameters: { type: 'object' } },
      { type: 'custom', name: 'c', format: { type: 'text' } },
    ]
    expect(chat({ tools, tool_choice: choice }).params.tool_choice).toEqual(wanted)
  })

  it('makes one message of a turn, and of its thoughts what chat has', () => {
    const thought = { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm.' }] }
    const called = (id: string) => ({
      type: 'function_call',
      call_id: id,
      name: 'f',
      arguments: '{}',
    })
    const gave = (id: string) => ({ type: 'function_call_output', call_id: id, output: 'x' })
    const call = (id: string) => ({
      id,
      type: 'function',
      function: { name: 'f', arguments: '{}' },
    })
    const result = (id: string) => ({ role: 'tool', tool_call_id: id, content: 'x' })
    expect(
      messagesOf([
        { role: 'developer', content: 'Do.' },
        thought,
        { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'I look.' }] },
        called('a'),
        called('b'),
        gave('a'),
        gave('b'),
        thought,
        called('c'),
        gave('c'),
      ]),
    ).toEqual([
      { role: 'developer', content: 'Do.' },
      {
        role: 'assistant',
        content: 'I look.',
        reasoning_content: 'Hm.',
        tool_calls: [call('a'), call('b')],
      },
      result('a'),
      result('b'),
      { role: 'assistant', content: null, reasoning_content: 'Hm.', tool_calls: [call('c')] },
      result('c'),
    ])
  })

  it.each<[object, object]>([
    [
      { type: 'input_image', image_url: 'data:image/png;base64,AA', detail: 'low' },
      { type: 'image_url', image_url: { url: 'data:image/png;base64,AA', detail: 'low' } },
    ],
    [
      { type: 'image_url', image_url: { url: 'https://a.example/b' } },
      { type: 'image_url', image_url: { url: 'https://a.example/b' } },
    ],
    [
      { type: 'input_audio', input_audio: { data: 'AA', format: 'wav' } },
      { type: 'input_audio', input_audio: { data: 'AA', format: 'wav' } },
    ],
    [
      { type: 'input_file', file_data: 'AA', filename: 'a.pdf' },
      { type: 'file', file: { file_data: 'AA', filename: 'a.pdf' } },
    ],
  ])('carries the part %j', (part, wanted) => {
    expect(
      messagesOf([{ role: 'user', content: [{ type: 'input_text', text: 'x' }, part] }]),
    ).toEqual([{ role: 'user', content: [{ type: 'text', text: 'x' }, wanted] }])
  })

  it('refuses a part that chat has no place for, by its name', () => {
    expect(() => messagesOf([{ role: 'user', content: [{ type: 'input_video' }] }])).toThrow(
      expect.objectContaining({ status: 400, param: 'input[0].content[0].type' }) as Error,
    )
  })

  it('keeps names that objects have where they are', () => {
    const body = JSON.parse(
      '{"model":"m","input":"Hi","__proto__":{"n":1},"constructor":2}',
    ) as Body
    const { params } = chatOfResponse(body)
    expect(Object.getPrototypeOf(params)).toBe(Object.prototype)
    expect(params['constructor']).toBe(2)
  })
})

describe('families of OpenAI that are not served', () => {
  it.each(
    'agents chatkit decisions graders live skills vaults videos webhook_endpoints files'.split(' '),
  )('are told so: %s', (family) => {
    expect(matchOpenAI(`/${family}`)).toEqual({ kind: 'not-served', family })
    expect(matchOpenAI(`/${family}/x_1/y`)).toEqual({ kind: 'not-served', family })
  })
})
