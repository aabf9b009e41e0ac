import type { GenerateContentParams } from '@sluice/core/wire'
import { describe, expect, it } from 'vitest'
import { toChatParams } from '../../../src/emulation/generate-content/to-chat/to-chat-params.ts'

const user = (...parts: unknown[]) => ({ role: 'user', parts })
const model = (...parts: unknown[]) => ({ role: 'model', parts })
const text = (said: string) => ({ text: said })
const callOf = (name: string, args: object = {}, more: object = {}) => ({
  functionCall: { name, args, ...more },
})
const resultOf = (name: string, response: object, more: object = {}) => ({
  functionResponse: { name, response, ...more },
})

function chat(params: Readonly<Record<string, unknown>>, abilities = {}) {
  const whole = { model: 'm', contents: [user(text('Hi'))], ...params } as GenerateContentParams
  return toChatParams(whole, abilities)
}
const messagesOf = (contents: unknown, abilities = {}) =>
  chat({ contents }, abilities).params.messages
const refused = (params: Readonly<Record<string, unknown>>) => {
  try {
    chat(params)
  } catch (error) {
    return error
  }
  return undefined
}

describe('contents', () => {
  it('become messages: the instruction first, texts, reasoning, calls and their results', () => {
    const { params, drops } = chat({
      systemInstruction: { role: 'user', parts: [text('Be brief.'), text('Be kind.')] },
      contents: [
        user(text('Weather?')),
        model({ text: 'Which city? Paris.', thought: true }, text('I look.'), {
          ...callOf('look', { city: 'Paris' }, { id: 'c1' }),
          thoughtSignature: 'Zm9yZWlnbg==',
        }),
        user(resultOf('look', { output: 'sunny' }, { id: 'c1' })),
        model(text('It is '), text('sunny.')),
        user(text('Thanks')),
      ],
    })
    expect(drops).toEqual([])
    expect(params.messages).toEqual([
      { role: 'system', content: 'Be brief.\n\nBe kind.' },
      { role: 'user', content: 'Weather?' },
      {
        role: 'assistant',
        content: 'I look.',
        reasoning_content: 'Which city? Paris.',
        tool_calls: [
          { id: 'c1', type: 'function', function: { name: 'look', arguments: '{"city":"Paris"}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'sunny' },
      { role: 'assistant', content: 'It is sunny.' },
      { role: 'user', content: 'Thanks' },
    ])
  })

  it('are matched with their results by name and order, where nobody named the calls', () => {
    const messages = messagesOf([
      user(text('Go')),
      model(callOf('a', { n: 1 }), callOf('b'), callOf('a', { n: 2 })),
      user(resultOf('b', { x: 'b' }), resultOf('a', { x: 1 }), resultOf('a', { x: 2 })),
      model(callOf('a', { n: 3 })),
      user(resultOf('a', { x: 3 }), text('and?')),
    ])
    const ids = messages.flatMap(({ tool_calls: calls }) => (calls ?? []).map(({ id }) => id))
    expect(new Set(ids).size).toBe(4)
    expect(messages.filter(({ role }) => role === 'tool')).toEqual([
      { role: 'tool', tool_call_id: ids[0], content: '{"x":1}' },
      { role: 'tool', tool_call_id: ids[1], content: '{"x":"b"}' },
      { role: 'tool', tool_call_id: ids[2], content: '{"x":2}' },
      { role: 'tool', tool_call_id: ids[3], content: '{"x":3}' },
    ])
    expect(messages.at(-1)).toEqual({ role: 'user', content: 'and?' })
  })

  it.each([
    ['the result alone names the call', {}, { id: 'made' }],
    ['the call alone has a name', { id: 'own' }, {}],
    ['both have names that differ', { id: 'own' }, { id: 'made' }],
  ])('are matched where %s', (_name, called, answered) => {
    const messages = messagesOf([
      user(text('Go')),
      model(callOf('a', {}, called)),
      user(resultOf('a', { result: 'done' }, answered)),
    ])
    const [id] = messages[1]!.tool_calls!.map((call) => call.id)
    expect(messages.slice(2)).toEqual([{ role: 'tool', tool_call_id: id, content: 'done' }])
  })

  it('tell of a result without a call, and of a call without a result', () => {
    const messages = messagesOf([
      user(resultOf('gone', { x: 1 })),
      model(callOf('a')),
      model(callOf('b')),
      user(text('Never mind')),
    ])
    expect(messages[0]).toEqual({ role: 'user', content: 'The tool call gone gave:\n{"x":1}' })
    const calls = messages.flatMap(({ tool_calls: given }) => given ?? [])
    const answers = messages.filter(({ role }) => role === 'tool')
    expect(answers.map(({ tool_call_id: id }) => id)).toEqual(calls.map(({ id }) => id))
  })

  it('show pictures, sounds, documents and what stands elsewhere', () => {
    const data = Buffer.from('data').toString('base64')
    const [message] = messagesOf([
      user(
        text('Look'),
        { inlineData: { mimeType: 'image/png', data } },
        { inline_data: { mime_type: 'audio/mpeg', data } },
        { inlineData: { mimeType: 'application/pdf', data } },
        { inlineData: { mimeType: 'text/plain; charset=utf-8', data } },
        { fileData: { mimeType: 'image/jpeg', fileUri: 'https://a.example/b' } },
        { fileData: { mimeType: 'application/pdf', fileUri: 'https://a.example/c.pdf' } },
      ),
    ])
    expect(message!.content).toEqual([
      { type: 'text', text: 'Look' },
      { type: 'image_url', image_url: { url: `data:image/png;base64,${data}` } },
      { type: 'input_audio', input_audio: { data, format: 'mp3' } },
      {
        type: 'file',
        file: { filename: 'document.pdf', file_data: `data:application/pdf;base64,${data}` },
      },
      { type: 'text', text: 'data' },
      { type: 'image_url', image_url: { url: 'https://a.example/b' } },
      { type: 'file', file: { file_url: 'https://a.example/c.pdf' } },
    ])
  })

  it('show the pictures that a tool gave', () => {
    const data = Buffer.from('data').toString('base64')
    const parts = [{ inlineData: { mimeType: 'image/png', data } }]
    const contents = [
      user(text('Go')),
      model(callOf('a', {}, { id: 'c' })),
      user({ functionResponse: { id: 'c', name: 'a', response: { output: 'here' }, parts } }),
    ]
    expect(messagesOf(contents, { toolMedia: true })[2]).toMatchObject({
      role: 'tool',
      content: [{ type: 'text', text: 'here' }, { type: 'image_url' }],
    })
    expect(messagesOf(contents).slice(2)).toMatchObject([
      { role: 'tool', content: 'here' },
      { role: 'user', content: [{ type: 'text' }, { type: 'image_url' }] },
    ])
  })

  it('keep the signature of a chat for that chat, and no other', () => {
    const marked = 'c2x1aWNlOmNoYXQ6c2ln'
    const [, { tool_calls: calls }] = messagesOf([
      user(text('Go')),
      model({ ...callOf('a', {}, { id: '1' }), thoughtSignature: marked }),
      user(resultOf('a', {}, { id: '1' })),
    ]) as [unknown, { tool_calls: Record<string, unknown>[] }]
    expect(calls[0]!['extra_content']).toEqual({ google: { thought_signature: 'c2ln' } })
  })

  it('leave out what the model drew, and say so', () => {
    const { params, drops } = chat({
      contents: [
        user(text('Draw')),
        model(text('Here.'), { inlineData: { mimeType: 'image/png', data: 'AA==' } }),
        user(text('Again')),
      ],
    })
    expect(params.messages[1]).toEqual({ role: 'assistant', content: 'Here.' })
    expect(drops).toEqual(['contents.parts.inlineData'])
  })

  it('take one content, and one part, for a list of one', () => {
    expect(messagesOf({ parts: { text: 'Hi' } })).toEqual([{ role: 'user', content: 'Hi' }])
  })

  it.each<[string, unknown, string]>([
    ['a role', [{ role: 'system', parts: [] }], 'contents[0].role'],
    ['an empty part', [user({})], 'contents[0].parts[0]'],
    ['an unknown part', [user({ hologram: {} })], 'contents[0].parts[0].hologram'],
    ['a part that is none', [user('Hi')], 'contents[0].parts[0]'],
    [
      'a call without a name',
      [model({ functionCall: {} })],
      'contents[0].parts[0].functionCall.name',
    ],
    [
      'data without a type',
      [user({ inlineData: { data: 'AA==' } })],
      'contents[0].parts[0].inlineData.mimeType',
    ],
    [
      "a file in Google's store",
      [user({ fileData: { fileUri: 'gs://a/b' } })],
      'contents[0].parts[0].fileData.fileUri',
    ],
    ['nothing at all', [user()], 'contents'],
  ])('are refused by name for %s', (_name, contents, param) => {
    expect(refused({ contents })).toMatchObject({ status: 400, param })
  })

  it('take twice the time for twice as many parts', () => {
    const timeOf = (count: number) => {
      const parts = Array.from({ length: count }, (_, at) => callOf('a', { at }))
      const results = Array.from({ length: count }, (_, at) => resultOf('a', { at }))
      const started = performance.now()
      messagesOf([user(text('Go')), model(...parts), user(...results)])
      return performance.now() - started
    }
    timeOf(2000)
    const small = Math.max(2, timeOf(5000))
    expect(timeOf(20_000) / small).toBeLessThan(14)
  })
})

describe('tools', () => {
  const parameters = {
    type: 'OBJECT',
    properties: {
      city: { type: 'STRING', nullable: true, enum: ['Paris', 'Rome'], format: 'enum' },
      days: { type: 'ARRAY', items: { type: 'INTEGER', format: 'int32' }, maxItems: '3' },
      where: { any_of: [{ type: 'STRING' }, { type: 'NULL' }] },
      ['__proto__']: { type: 'STRING' },
    },
    required: ['city'],
    propertyOrdering: ['city', 'days'],
  }
  // An object literal would set the prototype.
  Object.defineProperty(parameters.properties, '__proto__', {
    value: { type: 'STRING' },
    enumerable: true,
  })

  it('become functions, their schemas JSON Schema', () => {
    const { params } = chat({
      tools: [
        { functionDeclarations: [{ name: 'a', description: 'A', parameters }] },
        {
          function_declarations: [
            { name: 'b', parametersJsonSchema: { type: 'object', $defs: {} } },
            { name: 'c' },
          ],
        },
      ],
    })
    expect(params.tools!.map((tool) => tool.function?.name)).toEqual(['a', 'b', 'c'])
    expect(JSON.stringify(params.tools![0]!.function!.parameters)).toBe(
      JSON.stringify({
        type: 'object',
        required: ['city'],
        properties: 0,
      }).replace(
        '0',
        '{"city":{"type":["string","null"],"enum":["Paris","Rome",null]},' +
          '"days":{"type":"array","maxItems":3,"items":{"type":"integer"}},' +
          '"where":{"anyOf":[{"type":"string"},{"type":"null"}]},' +
          '"__proto__":{"type":"string"}}',
      ),
    )
    expect(params.tools![1]!.function!.parameters).toEqual({ type: 'object', $defs: {} })
    expect(params.tools![2]!.function).toEqual({ name: 'c' })
    expect(params.tool_choice).toBeUndefined()
  })

  const two = [{ functionDeclarations: [{ name: 'a' }, { name: 'b' }] }]
  it.each([
    [{ mode: 'AUTO' }, 'auto', ['a', 'b']],
    [{ mode: 'ANY' }, 'required', ['a', 'b']],
    [{ mode: 'NONE' }, 'none', ['a', 'b']],
    [{ mode: 'MODE_UNSPECIFIED' }, undefined, ['a', 'b']],
    [
      { mode: 'ANY', allowedFunctionNames: ['b'] },
      { type: 'function', function: { name: 'b' } },
      ['b'],
    ],
    [{ mode: 'VALIDATED', allowed_function_names: ['a'] }, 'auto', ['a']],
  ])('are called as %o says', (functionCallingConfig, choice, names) => {
    const { params } = chat({ tools: two, toolConfig: { functionCallingConfig } })
    expect(params.tool_choice).toEqual(choice)
    expect(params.tools!.map((tool) => tool.function?.name)).toEqual(names)
  })

  it('of Google’s own are left out and said, but for its search where chat has one', () => {
    const tools = [{ googleSearch: {} }, { codeExecution: {} }, { urlContext: {} }]
    const plain = chat({ tools })
    expect(plain.params.tools).toBeUndefined()
    expect(plain.drops).toEqual(['tools.googleSearch', 'tools.codeExecution', 'tools.urlContext'])
    const searching = chat({ tools }, { webSearch: true })
    expect(searching.params['web_search_options']).toEqual({})
    expect(searching.drops).toEqual(['tools.codeExecution', 'tools.urlContext'])
  })
})

describe('settings', () => {
  it('become params', () => {
    const { params, drops } = chat({
      stream: true,
      generationConfig: {
        temperature: 0.5,
        topP: 0.9,
        top_k: 40,
        maxOutputTokens: 100,
        stopSequences: ['END'],
        candidateCount: 2,
        presencePenalty: 0.1,
        frequencyPenalty: 0.2,
        seed: 7,
        responseLogprobs: true,
        logprobs: 3,
        responseModalities: ['TEXT', 'IMAGE'],
      },
    })
    expect(drops).toEqual([])
    expect(params).toEqual({
      model: 'm',
      stream: true,
      messages: [{ role: 'user', content: 'Hi' }],
      temperature: 0.5,
      top_p: 0.9,
      top_k: 40,
      max_completion_tokens: 100,
      stop: ['END'],
      n: 2,
      presence_penalty: 0.1,
      frequency_penalty: 0.2,
      seed: 7,
      logprobs: true,
      top_logprobs: 3,
      modalities: ['text', 'image'],
    })
  })

  it.each<[object, unknown]>([
    [{ responseMimeType: 'text/plain' }, undefined],
    [{ responseMimeType: 'application/json' }, { type: 'json_object' }],
    [
      { responseMimeType: 'application/json', responseSchema: { type: 'STRING' } },
      { type: 'json_schema', json_schema: { name: 'response', schema: { type: 'string' } } },
    ],
    [
      { responseMimeType: 'application/json', responseJsonSchema: { const: 1 } },
      { type: 'json_schema', json_schema: { name: 'response', schema: { const: 1 } } },
    ],
  ])('ask for the form of %o', (generationConfig, format) => {
    expect(chat({ generationConfig }).params.response_format).toEqual(format)
  })

  it.each<[object, string | undefined]>([
    [{ includeThoughts: true }, undefined],
    [{ thinkingLevel: 'HIGH' }, 'high'],
    [{ thinkingLevel: 'minimal' }, 'minimal'],
    [{ thinkingLevel: 'THINKING_LEVEL_UNSPECIFIED' }, undefined],
    [{ thinkingBudget: -1 }, undefined],
    [{ thinkingBudget: 0 }, 'none'],
    [{ thinkingBudget: 512 }, 'low'],
    [{ thinkingBudget: 8192 }, 'medium'],
    [{ thinking_budget: 30_000 }, 'high'],
  ])('take %o for an effort', (thinkingConfig, effort) => {
    expect(chat({ generationConfig: { thinkingConfig } }).params['reasoning_effort']).toBe(effort)
  })

  it('that chat has no word for are left out and said', () => {
    const { drops } = chat({
      safetySettings: [],
      labels: {},
      generationConfig: { speechConfig: {}, media_resolution: 'LOW', responseMimeType: 'a/b' },
    })
    expect(drops).toEqual([
      'generationConfig.responseMimeType',
      'generationConfig.speechConfig',
      'generationConfig.mediaResolution',
      'safetySettings',
      'labels',
    ])
  })

  it('name a bounded number of what is left out', () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`x${at}`, 1]))
    expect(chat({ ...many, generationConfig: many }).drops).toHaveLength(32)
  })

  it('are refused where they name what Google keeps', () => {
    expect(refused({ cachedContent: 'cachedContents/1' })).toMatchObject({ param: 'cachedContent' })
  })
})
