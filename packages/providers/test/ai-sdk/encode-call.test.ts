import type { ChatCompletionCreateParams } from '@sluice/core/wire'
import { describe, expect, it } from 'vitest'
import { encodeCall } from '../../src/ai-sdk/encode-call.ts'

const params: ChatCompletionCreateParams = {
  model: 'm',
  messages: [{ role: 'user', content: 'hi' }],
}
const encode = (extra: Partial<ChatCompletionCreateParams>, version: 'v2' | 'v3' | 'v4' = 'v4') =>
  encodeCall({ ...params, ...extra }, version)
const promptOf = (
  messages: ChatCompletionCreateParams['messages'],
  version: 'v2' | 'v3' | 'v4' = 'v4',
) => encode({ messages }, version).options['prompt']

describe('a call in the AI SDK’s terms', () => {
  it.each<[string, Partial<ChatCompletionCreateParams>, Record<string, unknown>]>([
    ['temperature', { temperature: 0 }, { temperature: 0 }],
    ['top_p', { top_p: 0.5 }, { topP: 0.5 }],
    ['top_k', { top_k: 4 }, { topK: 4 }],
    [
      'penalties',
      { presence_penalty: 1, frequency_penalty: -1 },
      { presencePenalty: 1, frequencyPenalty: -1 },
    ],
    ['seed', { seed: 7 }, { seed: 7 }],
    ['max_tokens', { max_tokens: 5 }, { maxOutputTokens: 5 }],
    [
      'max_completion_tokens before max_tokens',
      { max_tokens: 5, max_completion_tokens: 6 },
      { maxOutputTokens: 6 },
    ],
    ['one stop', { stop: 'x' }, { stopSequences: ['x'] }],
    ['several stops', { stop: ['x', 'y'] }, { stopSequences: ['x', 'y'] }],
    ['reasoning_effort', { reasoning_effort: 'low' }, { reasoning: 'low' }],
    ['JSON', { response_format: { type: 'json_object' } }, { responseFormat: { type: 'json' } }],
    [
      'a JSON Schema',
      {
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'a', schema: { type: 'object' } },
        },
      },
      { responseFormat: { type: 'json', name: 'a', schema: { type: 'object' } } },
    ],
    ['nulls, as nothing', { temperature: null, seed: null, tools: null }, {}],
    [
      'what is not for the model',
      { stream: true, stream_options: { include_usage: true }, n: 2 },
      {},
    ],
  ])('carries %s', (_name, extra, expected) => {
    expect(encode(extra)).toEqual({
      options: { prompt: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }], ...expected },
      drops: [],
    })
  })

  it('lists whatever it cannot carry', () => {
    const { drops } = encode({ logit_bias: {}, user: 'u', reasoning_effort: 'low', x_own: 1 }, 'v3')
    expect(drops).toEqual(['logit_bias', 'user', 'reasoning_effort', 'x_own'])
  })

  it('carries tools and how they are chosen', () => {
    const tools = [
      {
        type: 'function' as const,
        function: { name: 'f', description: 'd', parameters: { type: 'object' }, strict: true },
      },
    ]
    expect(
      encode({ tools, tool_choice: { type: 'function', function: { name: 'f' } } }).options,
    ).toMatchObject({
      tools: [
        {
          type: 'function',
          name: 'f',
          description: 'd',
          inputSchema: { type: 'object' },
          strict: true,
        },
      ],
      toolChoice: { type: 'tool', toolName: 'f' },
    })
    expect(encode({ tools, tool_choice: 'required' }).options['toolChoice']).toEqual({
      type: 'required',
    })
    expect(encode({ tool_choice: 'auto' }).options['toolChoice']).toBeUndefined()
  })

  it('carries a conversation with tools, and names each result after its call', () => {
    const call = (id: string, name: string, text: string) => ({
      id,
      type: 'function' as const,
      function: { name, arguments: text },
    })
    const prompt = promptOf([
      { role: 'developer', content: [{ type: 'text', text: 'be kind' }] },
      {
        role: 'assistant',
        content: null,
        reasoning_content: 'hm',
        tool_calls: [call('1', 'f', '{"a":1}'), call('2', 'g', 'not json')],
      },
      { role: 'tool', tool_call_id: '1', content: 'one' },
      { role: 'tool', tool_call_id: '2', content: 'two' },
      { role: 'assistant', content: '' },
      { role: 'tool', tool_call_id: 'unknown', content: '' },
    ])
    expect(prompt).toEqual([
      { role: 'system', content: 'be kind' },
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'hm' },
          { type: 'tool-call', toolCallId: '1', toolName: 'f', input: { a: 1 } },
          { type: 'tool-call', toolCallId: '2', toolName: 'g', input: 'not json' },
        ],
      },
      {
        role: 'tool',
        content: [
          {
            type: 'tool-result',
            toolCallId: '1',
            toolName: 'f',
            output: { type: 'text', value: 'one' },
          },
          {
            type: 'tool-result',
            toolCallId: '2',
            toolName: 'g',
            output: { type: 'text', value: 'two' },
          },
          {
            type: 'tool-result',
            toolCallId: 'unknown',
            toolName: 'unknown',
            output: { type: 'text', value: '' },
          },
        ],
      },
    ])
  })

  it('carries pictures, sound and files, in the form of each version', () => {
    const messages: ChatCompletionCreateParams['messages'] = [
      {
        role: 'user',
        content: [
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
          { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
          { type: 'input_audio', input_audio: { data: 'BBBB', format: 'mp3' } },
          {
            type: 'file',
            file: { file_data: 'data:application/pdf;base64,CCCC', filename: 'a.pdf' },
          },
        ],
      },
    ]
    const url = new URL('https://example.com/a.png')
    const files = (wrap: (data: string | URL) => unknown) => [
      { type: 'file', mediaType: 'image/png', data: wrap('AAAA') },
      { type: 'file', mediaType: 'image/*', data: wrap(url) },
      { type: 'file', mediaType: 'audio/mpeg', data: wrap('BBBB') },
      { type: 'file', mediaType: 'application/pdf', data: wrap('CCCC'), filename: 'a.pdf' },
    ]
    expect(promptOf(messages, 'v3')).toEqual([{ role: 'user', content: files((data) => data) }])
    const wrapped = files((data) =>
      typeof data === 'string' ? { type: 'data', data } : { type: 'url', url: data },
    )
    expect(promptOf(messages, 'v4')).toEqual([{ role: 'user', content: wrapped }])
  })

  it('lists parts that have no place', () => {
    const { options, drops } = encode({
      messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: 'f' } }] }],
    })
    expect([options['prompt'], drops]).toEqual([[], ['messages.content']])
  })
})
