import type { MessageCreateParams, MessageParam } from '@sluice/core/wire'
import { describe, expect, it } from 'vitest'
import { toChatParams } from '../../../../src/emulation/messages/to-chat/to-chat-params.ts'

const base: MessageCreateParams = {
  model: 'm',
  max_tokens: 10,
  messages: [{ role: 'user', content: 'Hi' }],
}
const chat = (changes: Partial<MessageCreateParams>, abilities = {}) =>
  toChatParams({ ...base, ...changes }, abilities)
const messages = (...list: MessageParam[]) => chat({ messages: list }).params.messages
const user = (...content: { type: string; [field: string]: unknown }[]): MessageParam => ({
  role: 'user',
  content,
})
const f = { name: 'f', description: 'does', input_schema: { type: 'object' } }
const fn = { name: 'f', description: 'does', parameters: { type: 'object' } }

describe('toChatParams', () => {
  it('asks what was asked', () => {
    expect(
      chat({
        system: 'Be brief.',
        stream: true,
        temperature: 0.5,
        top_p: null,
        top_k: 4,
        stop_sequences: ['X'],
        metadata: { user_id: 'u' },
      }),
    ).toMatchObject({
      params: {
        model: 'm',
        max_completion_tokens: 10,
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'Hi' },
        ],
        stream: true,
        temperature: 0.5,
        top_k: 4,
        stop: ['X'],
        user: 'u',
      },
      drops: [],
    })
  })

  it.each<[string, Partial<MessageCreateParams>, object]>([
    [
      'a large budget',
      { thinking: { type: 'enabled', budget_tokens: 20_000 } },
      { reasoning_effort: 'high' },
    ],
    [
      'a budget',
      { thinking: { type: 'enabled', budget_tokens: 4096 } },
      { reasoning_effort: 'medium' },
    ],
    [
      'a small budget',
      { thinking: { type: 'enabled', budget_tokens: 1024 } },
      { reasoning_effort: 'low' },
    ],
    ['no thinking', { thinking: { type: 'disabled' } }, { reasoning_effort: 'none' }],
    [
      'an effort beside thinking as it likes',
      { thinking: { type: 'adaptive', display: 'omitted' }, output_config: { effort: 'xhigh' } },
      { reasoning_effort: 'xhigh' },
    ],
    [
      'a schema',
      { output_config: { format: { type: 'json_schema', schema: { type: 'object' } } } },
      {
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'response', schema: { type: 'object' }, strict: true },
        },
      },
    ],
    ['the cheaper tier', { service_tier: 'standard_only' }, { service_tier: 'default' }],
    ['any tool', { tools: [f], tool_choice: { type: 'any' } }, { tool_choice: 'required' }],
    ['no tool', { tools: [f], tool_choice: { type: 'none' } }, { tool_choice: 'none' }],
    [
      'one tool, and one at a time',
      { tools: [f], tool_choice: { type: 'tool', name: 'f', disable_parallel_tool_use: true } },
      {
        tools: [{ type: 'function', function: fn }],
        tool_choice: { type: 'function', function: { name: 'f' } },
        parallel_tool_calls: false,
      },
    ],
  ])('says %s in chat’s words', (_what, changes, expected) => {
    const { params, drops } = chat(changes)
    expect(params).toMatchObject(expected)
    expect(drops).toEqual([])
  })

  it('leaves thinking as the model likes it to the model', () => {
    expect(chat({ thinking: { type: 'adaptive' } }).params).not.toHaveProperty('reasoning_effort')
  })

  it('describes the tools that the client runs, and leaves those out that Anthropic runs', () => {
    const { params, drops } = chat({
      tools: [
        { type: 'bash_20250124', name: 'bash' },
        { type: 'text_editor_20250728', name: 'str_replace_based_edit_tool' },
        { type: 'custom', ...f, strict: true, defer_loading: true },
        { type: 'web_search_20250305', name: 'web_search' },
        { type: 'code_execution_20250825', name: 'code_execution' },
        { type: 'computer_20250124', name: 'computer', display_width_px: 1 },
      ],
      tool_choice: { type: 'tool', name: 'web_search' },
    })
    const names = params.tools!.map((tool) => tool.function?.name)
    expect(names).toEqual(['bash', 'str_replace_based_edit_tool', 'f'])
    expect(params.tools![0]!.function!.parameters).toMatchObject({
      properties: { command: { type: 'string' } },
    })
    expect(params.tools![2]!.function!.strict).toBe(true)
    expect(params.tool_choice).toBe('auto')
    expect(drops).toEqual([
      'tools.defer_loading',
      'tools.web_search_20250305',
      'tools.code_execution_20250825',
      'tools.computer_20250124',
      'tool_choice',
    ])
  })

  it('has the vendor search where it can', () => {
    const tool = {
      type: 'web_search_20250305',
      name: 'web_search',
      user_location: { type: 'approximate', city: 'Oslo' },
    }
    const { params, drops } = chat({ tools: [tool] }, { webSearch: true })
    expect(params).toMatchObject({
      web_search_options: { user_location: { type: 'approximate', approximate: { city: 'Oslo' } } },
    })
    expect(params.tools).toBeUndefined()
    expect(drops).toEqual([])
  })

  it('shortens names that chat vendors refuse, and gives them back', () => {
    const long = `mcp__${'server'.repeat(10)}__tool`
    const { params, names } = chat({
      tools: [
        { ...f, name: `${long}_a` },
        { ...f, name: `${long}_b` },
      ],
      messages: [
        { role: 'user', content: 'Hi' },
        {
          role: 'assistant',
          content: [{ type: 'tool_use', id: 'c', name: `${long}_b`, input: {} }],
        },
        user({ type: 'tool_result', tool_use_id: 'c', content: 'done' }),
      ],
    })
    const [a, b] = params.tools!.map((tool) => tool.function?.name)
    expect(a).not.toBe(b)
    for (const name of [a!, b!]) expect(name).toMatch(/^[\w-]{1,64}$/)
    expect([names.fromChat(a!), names.fromChat(b!)]).toEqual([`${long}_a`, `${long}_b`])
    expect(params.messages[1]!.tool_calls![0]!.function!.name).toBe(b)
  })

  it('says once that nothing is kept in a cache, and names what else it leaves out', () => {
    const cache_control = { type: 'ephemeral' }
    const { drops } = chat({
      cache_control,
      system: [
        { type: 'text', text: 'a', cache_control },
        { type: 'text', text: 'b', cache_control },
      ],
      messages: [user({ type: 'text', text: 'Hi', cache_control })],
      tools: [{ ...f, cache_control }],
      context_management: { edits: [] },
      container: 'c',
    })
    expect(drops).toEqual(['cache_control', 'context_management', 'container'])
  })

  it('says of a client’s endless inventions only so much', () => {
    const odd = Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`x${at}`, 1]))
    expect(chat(odd).drops).toHaveLength(32)
  })
})

describe('the turns of a message in chat', () => {
  it('keep instructions where they stand', () => {
    const { params } = chat({
      system: [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
      ],
      messages: [
        user({ type: 'text', text: 'x' }, { type: 'text', text: 'y' }),
        { role: 'system', content: [{ type: 'text', text: 'reminder' }] },
        { role: 'assistant', content: 'z' },
        { role: 'system', content: 'again' },
        { role: 'user', content: 'go' },
      ],
    })
    expect(params.messages).toEqual([
      { role: 'system', content: 'a\n\nb' },
      { role: 'user', content: 'x\ny' },
      { role: 'system', content: 'reminder' },
      { role: 'assistant', content: 'z' },
      { role: 'system', content: 'again' },
      { role: 'user', content: 'go' },
    ])
  })

  it('carry thoughts, words, calls and results, whatever the ids', () => {
    expect(
      messages(
        { role: 'user', content: 'Hi' },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'Hm.', signature: 'EqQB/of+another=vendor' },
            { type: 'text', text: 'Let me ' },
            { type: 'text', text: 'look.' },
            { type: 'tool_use', id: 'call_abc.9/x', name: 'f', input: { a: 1 } },
            { type: 'tool_use', id: 'toolu_2', name: 'g', input: {} },
          ],
        },
        user(
          { type: 'tool_result', tool_use_id: 'toolu_2', content: 'no', is_error: true },
          {
            type: 'tool_result',
            tool_use_id: 'call_abc.9/x',
            content: [{ type: 'text', text: '1' }],
          },
          { type: 'text', text: 'And now?' },
        ),
      ),
    ).toEqual([
      { role: 'user', content: 'Hi' },
      {
        role: 'assistant',
        content: 'Let me look.',
        reasoning_content: 'Hm.',
        tool_calls: [
          { id: 'call_abc.9/x', type: 'function', function: { name: 'f', arguments: '{"a":1}' } },
          { id: 'toolu_2', type: 'function', function: { name: 'g', arguments: '{}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'call_abc.9/x', content: '1' },
      { role: 'tool', tool_call_id: 'toolu_2', content: 'Error: no' },
      { role: 'user', content: 'And now?' },
    ])
  })

  it('leave encrypted thoughts and the words of Anthropic’s own tools out', () => {
    const { params, drops } = chat({
      messages: [
        { role: 'user', content: 'Hi' },
        {
          role: 'assistant',
          content: [
            { type: 'redacted_thinking', data: 'x' },
            { type: 'server_tool_use', id: 's', name: 'web_search', input: {} },
            { type: 'web_search_tool_result', tool_use_id: 's', content: [] },
            { type: 'text', text: 'Found.' },
          ],
        },
        { role: 'user', content: 'Go on' },
      ],
    })
    expect(params.messages[1]).toEqual({ role: 'assistant', content: 'Found.' })
    expect(drops).toEqual([
      'messages.redacted_thinking',
      'messages.server_tool_use',
      'messages.web_search_tool_result',
    ])
  })

  it('tell a result without a call, and a call without a result', () => {
    const told = messages(
      user({ type: 'tool_result', tool_use_id: 'lost', content: 'seven' }),
      { role: 'assistant', content: [{ type: 'tool_use', id: 'c', name: 'f', input: {} }] },
      { role: 'user', content: 'Hello?' },
    )
    expect(told[0]).toEqual({ role: 'user', content: 'The tool call lost gave:\nseven' })
    expect(told[2]).toMatchObject({ role: 'tool', tool_call_id: 'c' })
  })

  it('carry pictures and documents, also those in results', () => {
    const png = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } }
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }
    const history: MessageParam[] = [
      { role: 'assistant', content: [{ type: 'tool_use', id: 'c', name: 'f', input: {} }] },
      user({ type: 'tool_result', tool_use_id: 'c', content: [png, { type: 'text', text: 'it' }] }),
    ]
    expect(
      messages(
        user(
          png,
          { type: 'image', source: { type: 'url', url: 'https://a/b.png' } },
          {
            type: 'document',
            title: 'T',
            source: { type: 'base64', media_type: 'application/pdf', data: 'JVBE' },
          },
          { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'words' } },
        ),
      ),
    ).toEqual([
      {
        role: 'user',
        content: [
          image,
          { type: 'image_url', image_url: { url: 'https://a/b.png' } },
          {
            type: 'file',
            file: { file_data: 'data:application/pdf;base64,JVBE', filename: 'T' },
          },
          { type: 'text', text: 'words' },
        ],
      },
    ])
    expect(messages(...history).slice(1)).toEqual([
      { role: 'tool', tool_call_id: 'c', content: 'it' },
      {
        role: 'user',
        content: [{ type: 'text', text: 'The tool f gave this for the call c:' }, image],
      },
    ])
    const holding = chat({ messages: history }, { toolMedia: true }).params.messages[1]
    expect(holding).toEqual({
      role: 'tool',
      tool_call_id: 'c',
      content: [image, { type: 'text', text: 'it' }],
    })
  })

  it.each<[string, MessageParam, string]>([
    [
      'a file',
      user({ type: 'image', source: { type: 'file', file_id: 'f' } }),
      'messages[0].content[0].source.type',
    ],
    [
      'no source',
      user({ type: 'text', text: 'a' }, { type: 'image' }),
      'messages[0].content[1].source',
    ],
    ['an unknown block', user({ type: 'hologram' }), 'messages[0].content[0].type'],
    [
      'a picture that the assistant gave',
      { role: 'assistant', content: [{ type: 'image', source: {} }] },
      'messages[0].content[0].type',
    ],
  ])('are refused by name for %s', (_what, message, param) => {
    expect(() => messages(message)).toThrow(expect.objectContaining({ status: 400, param }))
  })

  it('take 10,000 blocks in time', () => {
    const content = Array.from({ length: 10_000 }, (_, at) => ({ type: 'text', text: `t${at}` }))
    const begun = performance.now()
    expect(messages({ role: 'user', content })).toHaveLength(1)
    expect(performance.now() - begun).toBeLessThan(200)
  })
})
