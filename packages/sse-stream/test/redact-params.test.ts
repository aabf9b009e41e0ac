import { call, type Operation, type Params } from '@sluice/core'
import type { UploadedFile } from '@sluice/core/wire'
import { redactCall, redactParams, RedactionVault } from '@sluice/sse-stream'
import { describe, expect, it } from 'vitest'

const SECRET = '4111111111111111'
const TEXT = `pay ${SECRET}`
const patterns = { card: /\d{16}/ }
const PICTURE = `data:image/png;base64,${SECRET}AAAA`
const file: UploadedFile = {
  filename: `${SECRET}.mp3`,
  contentType: 'audio/mpeg',
  size: 1,
  async *open() {
    yield new Uint8Array([1])
  },
}
const fn = { name: 'pay', arguments: JSON.stringify({ card: SECRET }) }

/** Params with the secret wherever a client can say it. */
const PARAMS: [Operation, Record<string, unknown>][] = [
  [
    'chat.completions',
    {
      model: 'm',
      user: TEXT,
      metadata: { id: TEXT },
      stop: [TEXT],
      prediction: { type: 'content', content: TEXT },
      tools: [
        {
          type: 'function',
          function: { name: 'pay', description: TEXT, parameters: { enum: [TEXT] } },
        },
      ],
      messages: [
        { role: 'system', content: TEXT },
        {
          role: 'user',
          name: SECRET,
          content: [
            { type: 'text', text: TEXT },
            { type: 'invented', deep: { x: TEXT } },
          ],
        },
        {
          role: 'user',
          content: [{ type: 'image_url', image_url: { url: `https://host/${SECRET}` } }],
        },
        {
          role: 'assistant',
          refusal: TEXT,
          reasoning_content: TEXT,
          tool_calls: [{ id: 'c', type: 'function', function: fn }],
        },
        { role: 'assistant', function_call: fn },
        { role: 'tool', tool_call_id: 'c', content: TEXT },
      ],
      extra_body: { note: TEXT },
    },
  ],
  ['completions', { model: 'm', prompt: [TEXT, 'b'], suffix: TEXT, user: TEXT }],
  ['completions', { model: 'm', prompt: TEXT }],
  ['embeddings', { model: 'm', input: [TEXT] }],
  ['embeddings', { model: 'm', input: TEXT }],
  ['images.generate', { model: 'm', prompt: TEXT }],
  ['images.edit', { model: 'm', prompt: TEXT, image: [file], mask: file }],
  ['images.createVariation', { model: 'm', image: [file], user: TEXT }],
  ['audio.transcriptions', { model: 'm', prompt: TEXT, file }],
  ['audio.translations', { model: 'm', prompt: TEXT, file }],
  ['audio.speech', { model: 'm', input: TEXT, instructions: TEXT, voice: 'alloy' }],
  ['moderations', { model: 'm', input: [{ type: 'text', text: TEXT }] }],
  ['moderations', { model: 'm', input: TEXT }],
  ['responses.create', { model: 'm', input: TEXT, instructions: TEXT }],
  ['messages.countTokens', { model: 'm', messages: [{ role: 'user', content: TEXT }] }],
  [
    'messages.create',
    {
      model: 'm',
      max_tokens: 1,
      system: [{ type: 'text', text: TEXT, cache_control: { type: 'ephemeral' } }],
      metadata: { user_id: TEXT },
      stop_sequences: [TEXT],
      tools: [{ name: 'pay', description: TEXT, input_schema: { description: TEXT } }],
      invented: { deep: TEXT },
      messages: [
        { role: 'user', content: TEXT },
        { role: 'system', content: [{ type: 'text', text: TEXT }] },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: TEXT, signature: 'EqQB' },
            { type: 'tool_use', id: 'c', name: 'pay', input: { card: SECRET } },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'c', content: [{ type: 'text', text: TEXT }] },
            { type: 'tool_result', tool_use_id: 'd', content: TEXT },
            { type: 'document', title: TEXT, source: { type: 'text', data: TEXT } },
            { type: 'image', source: { type: 'url', url: `https://host/${SECRET}` } },
            { type: 'invented', whatever: [TEXT] },
          ],
        },
      ],
    },
  ],
  [
    'responses.create',
    {
      model: 'm',
      prompt: { id: 'p', variables: { x: TEXT } },
      metadata: { status: TEXT },
      text: { format: { type: 'json_schema', name: 'n', schema: { description: TEXT } } },
      tools: [{ type: 'mcp', server_label: 's', headers: { x: TEXT } }],
      input: [
        { role: 'user', content: [{ type: 'input_text', text: TEXT }] },
        { type: 'function_call', call_id: 'c', ...fn },
        { type: 'function_call_output', call_id: 'c', output: TEXT },
        {
          type: 'function_call_output',
          call_id: 'd',
          output: [{ type: 'input_text', text: TEXT }],
        },
        { type: 'reasoning', id: 'r', summary: [{ type: 'summary_text', text: TEXT }] },
        { type: 'custom_tool_call_output', call_id: 'e', output: TEXT },
        { type: 'invented', whatever: [TEXT] },
      ],
    },
  ],
  [
    'models.generateContent',
    {
      model: 'm',
      contents: [
        {
          role: 'user',
          parts: [
            { text: TEXT },
            { inlineData: { mimeType: 'image/png', data: 'AAAA' } },
            { fileData: { mimeType: 'image/png', fileUri: `https://host/${SECRET}` } },
            { functionResponse: { id: 'c', name: 'pay', response: { card: SECRET } } },
            { invented: { deep: [TEXT] } },
          ],
        },
        {
          role: 'model',
          parts: [
            { text: TEXT, thought: true },
            { functionCall: { id: 'c', name: 'pay', args: { card: SECRET } } },
          ],
        },
      ],
      systemInstruction: { parts: [{ text: TEXT }] },
      tools: [{ functionDeclarations: [{ name: 'pay', description: TEXT }] }],
      generationConfig: { stopSequences: [TEXT], responseSchema: { enum: [TEXT] } },
      labels: { note: TEXT },
    },
  ],
  [
    'models.countTokens',
    { model: 'm', generateContentRequest: { contents: [{ parts: [{ text: TEXT }] }] } },
  ],
]

describe('redactParams', () => {
  it.each(PARAMS)('lets nothing of %s through', (operation, params) => {
    const redacted = redactParams(operation, params as Params<Operation>, { patterns })
    expect(JSON.stringify(redacted)).not.toContain('4111')
    expect(JSON.stringify(redacted)).toContain('[card_1]')
    expect(redacted).toMatchObject({ model: 'm' })
  })

  it('keeps arguments of tool calls JSON, and ids, roles and types as they are', () => {
    const params = {
      model: SECRET,
      messages: [{ role: 'tool' as const, tool_call_id: SECRET, content: 'x' }],
    }
    expect(redactParams('chat.completions', params, { patterns })).toBe(params)
    const { messages } = redactParams(
      'chat.completions',
      PARAMS[0]![1] as Params<'chat.completions'>,
      { patterns },
    )
    expect(JSON.parse(messages[3]!.tool_calls![0]!.function!.arguments)).toEqual({
      card: '[card_1]',
    })
  })

  it('keeps ids, signatures and pictures of messages as they are', () => {
    const params: Params<'messages.create'> = {
      model: SECRET,
      max_tokens: 1,
      messages: [
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'x', signature: SECRET },
            { type: 'redacted_thinking', data: SECRET },
            { type: 'tool_use', id: SECRET, name: 'f', input: {} },
          ],
        },
        {
          role: 'user',
          content: [
            {
              type: 'tool_result',
              tool_use_id: SECRET,
              content: [
                {
                  type: 'image',
                  source: { type: 'base64', media_type: 'image/png', data: SECRET },
                },
              ],
            },
          ],
        },
      ],
    }
    expect(redactParams('messages.create', params, { patterns })).toBe(params)
  })

  it('leaves pictures, sound and files as they are', async () => {
    const content = [
      { type: 'image_url' as const, image_url: { url: PICTURE } },
      { type: 'input_audio' as const, input_audio: { data: SECRET, format: 'wav' } },
      { type: 'file' as const, file: { file_data: PICTURE } },
    ]
    const params = { model: 'm', messages: [{ role: 'user' as const, content }] }
    expect(redactParams('chat.completions', params, { patterns })).toBe(params)
    const sent = redactParams('audio.transcriptions', { model: 'm', file }, { patterns })
    expect(sent.file.filename).toBe('[card_1].mp3')
    const bytes: Uint8Array[] = []
    for await (const part of sent.file.open()) bytes.push(part)
    expect(bytes).toEqual([new Uint8Array([1])])
  })

  it('looks into files that are text', () => {
    const url = (text: string) => `data:text/plain;base64,${Buffer.from(text).toString('base64')}`
    const params = {
      model: 'm',
      input: [
        { type: 'message', role: 'user', content: [{ type: 'input_file', file_data: url(TEXT) }] },
      ],
    }
    const { input } = redactParams('responses.create', params, { patterns })
    expect(input).toEqual([
      {
        type: 'message',
        role: 'user',
        content: [{ type: 'input_file', file_data: url('pay [card_1]') }],
      },
    ])
  })

  it.each([`data:image/png;base64,${SECRET} !`, `data:image/png,${SECRET}`])(
    'takes %s for no picture',
    (url) => {
      const content = [{ type: 'image_url' as const, image_url: { url } }]
      const redacted = redactParams(
        'chat.completions',
        { model: 'm', messages: [{ role: 'user', content }] },
        { patterns },
      )
      expect(JSON.stringify(redacted)).not.toContain('4111')
    },
  )

  it('does not take a text for a picture because it says that it is one', () => {
    const params = { model: 'm', messages: [{ role: 'user' as const, content: PICTURE }] }
    expect(JSON.stringify(redactParams('chat.completions', params, { patterns }))).not.toContain(
      '4111',
    )
  })

  it.each([
    ['completions', 'prompt', [1, 2]],
    ['completions', 'prompt', [[1], [2]]],
    ['embeddings', 'input', [1, 2]],
  ] as const)('refuses token ids in %s, where nothing can be found', (operation, name, ids) => {
    const params = { model: 'm', [name]: ids } as unknown as Params<'completions'> &
      Params<'embeddings'>
    expect(() => redactParams(operation, params, { patterns })).toThrow(
      expect.objectContaining({ code: 'unsupported_parameter', param: name, status: 400 }) as Error,
    )
  })
})

describe('redactCall', () => {
  it('gives the same call where nothing matches, and else one without the bytes that the client sent', () => {
    const safe = redactCall({ patterns, vault: new RedactionVault() })
    const plain = call('completions', { model: 'm', prompt: 'x' }, { body: new Uint8Array(1) })
    expect(safe(plain)).toBe(plain)
    const told = safe(
      call('completions', { model: 'm', prompt: TEXT }, { body: new Uint8Array(1) }),
    )
    expect(told.params.prompt).toBe('pay [card_1]')
    expect(told.body?.params).not.toBe(told.params)
  })
})
