import type { ChatCompletionContentPart, ChatCompletionCreateParams } from '@sluice/core/wire'
import { describe, expect, test } from 'vitest'
import { encode } from './support.ts'

const fn = (name: string, parameters?: Record<string, unknown>) => ({
  type: 'function' as const,
  function: { name, ...(parameters === undefined ? {} : { parameters }) },
})
const city = { type: 'object', properties: { city: { type: 'string' } } }

describe('the path', () => {
  test.each([
    ['gemini-2.5-flash', false, '/v1beta/models/gemini-2.5-flash:generateContent'],
    ['gemini-2.5-flash', true, '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse'],
    ['models/gemini-2.5-pro', false, '/v1beta/models/gemini-2.5-pro:generateContent'],
    ['tunedModels/mine-1', false, '/v1beta/tunedModels/mine-1:generateContent'],
    ['a/b?c=d#e f', false, '/v1beta/models/a%2Fb%3Fc%3Dd%23e%20f:generateContent'],
    ['half \ud83d', false, '/v1beta/models/half%20:generateContent'],
  ])('of %s, streamed: %s', (model, stream, path) => {
    expect(encode({ model, stream }).path).toBe(path)
  })
})

describe('settings', () => {
  const cases: readonly {
    name: string
    given: Partial<ChatCompletionCreateParams>
    config: unknown
    drops?: readonly string[]
  }[] = [
    {
      name: 'says nothing where the client says nothing',
      given: { temperature: null, stop: null, n: 1, tools: [], modalities: ['text'] },
      config: undefined,
    },
    {
      name: 'takes the newer limit of tokens before the older',
      given: { max_completion_tokens: 5, max_tokens: 9 },
      config: { maxOutputTokens: 5 },
    },
    {
      name: 'takes the older limit of tokens',
      given: { max_tokens: 9 },
      config: { maxOutputTokens: 9 },
    },
    {
      name: 'makes a list of one stop',
      given: { stop: 'END' },
      config: { stopSequences: ['END'] },
    },
    {
      name: 'takes no more than five stops, and says so',
      given: { stop: ['1', '2', '3', '4', '5', '6'] },
      config: { stopSequences: ['1', '2', '3', '4', '5'] },
      drops: ['stop'],
    },
    {
      name: 'leaves out a stop of nothing',
      given: { stop: ['', '\n'] },
      config: { stopSequences: ['\n'] },
    },
    { name: 'folds a seed that is too wide', given: { seed: 2 ** 32 + 7 }, config: { seed: 7 } },
    {
      name: 'asks for log probabilities',
      given: { logprobs: true, top_logprobs: 4 },
      config: { responseLogprobs: true, logprobs: 4 },
    },
    { name: 'asks for no log probabilities', given: { logprobs: false }, config: undefined },
    { name: 'asks for several candidates', given: { n: 3 }, config: { candidateCount: 3 } },
    {
      name: 'asks for pictures',
      given: { modalities: ['text', 'image'] },
      config: { responseModalities: ['TEXT', 'IMAGE'] },
    },
    {
      name: 'asks for any JSON',
      given: { response_format: { type: 'json_object' } },
      config: { responseMimeType: 'application/json' },
    },
    { name: 'asks for no form', given: { response_format: { type: 'text' } }, config: undefined },
    {
      name: "puts Gemini's own settings over all",
      given: {
        temperature: 1,
        generationConfig: { temperature: 0, mediaResolution: 'MEDIA_RESOLUTION_LOW' },
      },
      config: { temperature: 0, mediaResolution: 'MEDIA_RESOLUTION_LOW' },
    },
    {
      name: 'names what cannot be carried',
      given: {
        logit_bias: { 1: 2 },
        min_p: 0.1,
        parallel_tool_calls: false,
        messages: [{ role: 'user', content: 'Hi', name: 'Ann' }],
      },
      config: undefined,
      drops: ['min_p', 'parallel_tool_calls', 'messages.name'],
    },
    { name: 'always calls in parallel', given: { parallel_tool_calls: true }, config: undefined },
  ]
  test.each(cases)('$name', ({ given, config, drops = [] }) => {
    const { body, drops: dropped = [] } = encode(given)
    expect(body.generationConfig).toEqual(config)
    expect(dropped).toEqual(drops)
  })

  test("finds Gemini's own settings beside OpenAI's, and where Google's OpenAI-compatible API has them", () => {
    const safetySettings = [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }]
    expect(encode({ safety_settings: safetySettings }).body['safetySettings']).toEqual(
      safetySettings,
    )
    expect(encode({ google: { cached_content: 'cachedContents/1' } }).body['cachedContent']).toBe(
      'cachedContents/1',
    )
    const { body, drops } = encode({
      extra_body: { google: { thinking_config: { thinking_budget: 7 } } },
      labels: { team: 'a' },
    })
    expect(body.generationConfig).toEqual({ thinkingConfig: { thinking_budget: 7 } })
    expect(body['labels']).toEqual({ team: 'a' })
    expect(drops).toBeUndefined()
  })
})

describe('thinking', () => {
  const asked = (model: string, given: Partial<ChatCompletionCreateParams>) => {
    const { body, drops } = encode({ model, ...given })
    return drops?.includes('reasoning_effort') === true
      ? 'dropped'
      : body.generationConfig?.['thinkingConfig']
  }
  const level = (thinkingLevel: string, includeThoughts = true) => ({
    thinkingLevel,
    includeThoughts,
  })
  const budget = (thinkingBudget: number, includeThoughts = true) => ({
    thinkingBudget,
    includeThoughts,
  })

  test.each([
    ['gemini-3.8-flash', 'none', level('low', false)],
    ['gemini-3.8-flash', 'minimal', level('low')],
    ['gemini-3.8-flash', 'medium', level('medium')],
    ['gemini-3.8-flash', 'xhigh', level('high')],
    ['gemini-3.5-flash-lite', 'minimal', level('minimal')],
    ['gemini-3-flash-preview', 'none', level('minimal', false)],
    ['gemini-3-pro-preview', 'medium', level('high')],
    ['gemini-3.1-pro-preview', 'medium', level('medium')],
    ['gemini-flash-latest', 'low', level('low')],
    ['models/gemini-4-argon', 'high', level('high')],
    ['tunedModels/mine', 'high', level('high')],
    ['gemini-2.5-pro', 'none', budget(128, false)],
    ['gemini-2.5-pro', 'xhigh', budget(32_768)],
    ['gemini-2.5-flash', 'none', budget(0, false)],
    ['gemini-2.5-flash', 'minimal', budget(1024)],
    ['gemini-2.5-flash', 'medium', budget(8192)],
    ['gemini-2.5-flash-lite', 'high', budget(24_576)],
    ['gemini-2.0-flash', 'high', 'dropped'],
    ['gemini-2.5-flash-image', 'high', 'dropped'],
    ['gemma-3-27b-it', 'high', 'dropped'],
  ])('of %s with the effort %s', (model, effort, expected) => {
    expect(asked(model, { reasoning_effort: effort })).toEqual(expected)
  })

  test.each([
    [
      'a budget within bounds',
      'gemini-2.5-pro',
      { type: 'enabled', budget_tokens: 50 },
      budget(128),
    ],
    [
      'a budget as a level',
      'gemini-3.8-flash',
      { type: 'enabled', budget_tokens: 4000 },
      level('medium'),
    ],
    [
      'a budget for a model without thoughts',
      'gemini-2.0-flash',
      { type: 'enabled', budget_tokens: 4000 },
      undefined,
    ],
    ['thoughts without a budget', 'gemini-2.5-pro', { type: 'enabled' }, { includeThoughts: true }],
    ['no thoughts', 'gemini-2.5-flash', { type: 'disabled' }, budget(0, false)],
    ['no thoughts, as a truth value', 'gemini-2.5-flash', false, budget(0, false)],
    ['nothing that can be read', 'gemini-2.5-flash', 'much', undefined],
  ])('by the param `thinking`: %s', (_, model, thinking, expected) => {
    expect(asked(model, { thinking })).toEqual(expected)
  })
})

describe('tools', () => {
  test('declares functions with lowered parameters, and says what was loosened', () => {
    const strict = {
      type: 'object',
      properties: { a: { type: 'string', pattern: '^a' } },
      required: ['a'],
    }
    const { body, relaxedSchemas: weakened } = encode({
      tools: [
        fn('plain'),
        fn('empty', { type: 'object', properties: {} }),
        fn('strict', strict),
        fn('open', { type: 'object', additionalProperties: true }),
      ],
    })
    expect(body.tools).toEqual([
      {
        functionDeclarations: [
          { name: 'plain' },
          { name: 'empty' },
          {
            name: 'strict',
            parametersJsonSchema: {
              type: 'object',
              properties: { a: { type: 'string' } },
              required: ['a'],
            },
          },
          { name: 'open', parametersJsonSchema: { type: 'object', additionalProperties: true } },
        ],
      },
    ])
    expect(weakened).toEqual(['strict: pattern'])
  })

  test('makes one object of parameters that are a union', () => {
    const branch = (name: string) => ({
      type: 'object',
      properties: { kind: { type: 'string' }, [name]: { type: 'string' } },
      required: ['kind', name],
    })
    const { body, relaxedSchemas: weakened } = encode({
      tools: [fn('f', { anyOf: [branch('a'), branch('b')] }), fn('g', { type: 'string' })],
    })
    expect(body.tools).toEqual([
      {
        functionDeclarations: [
          {
            name: 'f',
            parametersJsonSchema: {
              type: 'object',
              properties: {
                kind: { type: 'string' },
                a: { type: 'string' },
                b: { type: 'string' },
              },
              required: ['kind'],
            },
          },
          { name: 'g' },
        ],
      },
    ])
    expect(weakened).toEqual(['f: anyOf', 'g: type'])
  })

  test.each<[string, ChatCompletionCreateParams['tool_choice'], unknown]>([
    ['auto', 'auto', { mode: 'AUTO' }],
    ['none', 'none', { mode: 'NONE' }],
    ['required', 'required', { mode: 'ANY' }],
    [
      'one function',
      { type: 'function', function: { name: '2nd' } },
      { mode: 'ANY', allowedFunctionNames: ['_2nd'] },
    ],
    [
      'one of some',
      { type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [fn('a')] } },
      { mode: 'ANY', allowedFunctionNames: ['a'] },
    ],
    [
      'none or one of some',
      { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [fn('a'), fn('2nd')] } },
      { mode: 'VALIDATED', allowedFunctionNames: ['a', '_2nd'] },
    ],
  ])('carries the choice %s', (_, choice, functionCallingConfig) => {
    expect(encode({ tools: [fn('a'), fn('2nd')], tool_choice: choice! }).body.toolConfig).toEqual({
      functionCallingConfig,
    })
  })

  test('makes no choice among no functions', () => {
    expect(encode({ tool_choice: 'required' }).body.toolConfig).toBeUndefined()
  })

  test("hands Gemini's own tools on, in either spelling, and names those that it has not", () => {
    const { body, drops } = encode({
      tools: [
        { google_search: {} },
        { type: 'code_execution' },
        { type: 'custom', custom: { name: 'c' } },
      ] as never,
      tool_config: { retrievalConfig: { languageCode: 'de' } },
    })
    expect(body.tools).toEqual([{ google_search: {} }, { code_execution: {} }])
    expect(body.toolConfig).toEqual({ retrievalConfig: { languageCode: 'de' } })
    expect(drops).toEqual(['tools.custom'])
  })

  test('searches the web where no functions stand in the way', () => {
    expect(encode({ web_search_options: {} }).body.tools).toEqual([{ googleSearch: {} }])
    const { body, drops } = encode({ web_search_options: {}, tools: [fn('f')] })
    expect(body.tools).toEqual([{ functionDeclarations: [{ name: 'f' }] }])
    expect(drops).toEqual(['web_search_options'])
  })
})

describe('a JSON answer', () => {
  const format = {
    type: 'json_schema' as const,
    json_schema: { name: 'n', description: 'A city.', schema: city },
  }

  test('is held to its schema', () => {
    expect(encode({ response_format: format }).body.generationConfig).toEqual({
      responseMimeType: 'application/json',
      responseJsonSchema: { ...city, description: 'A city.' },
    })
  })

  test('goes together with functions at Gemini 3, and is asked for in words before', () => {
    const given = {
      response_format: format,
      tools: [fn('f')],
      messages: [{ role: 'system' as const, content: 'S' }],
    }
    expect(encode({ ...given, model: 'gemini-3.8-flash' }).body.generationConfig).toMatchObject({
      responseJsonSchema: city,
    })
    const { body } = encode({ ...given, model: 'gemini-2.5-flash' })
    expect(body.generationConfig).toBeUndefined()
    expect(body.systemInstruction!.parts[0]).toEqual({ text: 'S' })
    expect(body.systemInstruction!.parts[1]!.text).toContain(JSON.stringify(city))
  })
})

describe('parts of a message', () => {
  const partOf = (part: unknown) =>
    encode({ messages: [{ role: 'user', content: [part as ChatCompletionContentPart] }] }).body
      .contents[0]!.parts[0]

  test.each([
    [
      'a picture inside',
      { type: 'image_url', image_url: { url: 'data:image/jpeg;base64,AAAA' } },
      { inlineData: { mimeType: 'image/jpeg', data: 'AAAA' } },
    ],
    [
      'a picture by a URL alone',
      { type: 'image_url', image_url: 'https://e.example/a.PNG' },
      { fileData: { mimeType: 'image/png', fileUri: 'https://e.example/a.PNG' } },
    ],
    [
      'a picture whose kind is not told',
      { type: 'image_url', image_url: { url: 'https://e.example/a' } },
      { fileData: { fileUri: 'https://e.example/a' } },
    ],
    [
      'a film with its settings',
      {
        type: 'video_url',
        video_url: { url: 'data:video/mp4;base64,AAAA' },
        video_metadata: { fps: 2 },
      },
      { inlineData: { mimeType: 'video/mp4', data: 'AAAA' }, videoMetadata: { fps: 2 } },
    ],
    [
      'sound',
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
      { inlineData: { mimeType: 'audio/wav', data: 'AAAA' } },
    ],
    [
      'raw sound',
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'pcm16' } },
      { inlineData: { mimeType: 'audio/L16;rate=24000', data: 'AAAA' } },
    ],
    [
      'sound as a URL',
      { type: 'input_audio', input_audio: { data: 'data:audio/ogg;base64,AAAA', format: 'wav' } },
      { inlineData: { mimeType: 'audio/ogg', data: 'AAAA' } },
    ],
    [
      'a file of octets by its name',
      {
        type: 'file',
        file: { filename: 'a.csv', file_data: 'data:application/octet-stream;base64,AAAA' },
      },
      { inlineData: { mimeType: 'text/csv', data: 'AAAA' } },
    ],
    [
      'a file without a kind',
      { type: 'file', file: { file_data: 'AAAA' } },
      { inlineData: { mimeType: 'application/pdf', data: 'AAAA' } },
    ],
    [
      "a part of Gemini's own",
      { fileData: { fileUri: 'gs://b/a.mp4', mimeType: 'video/mp4' } },
      { fileData: { fileUri: 'gs://b/a.mp4', mimeType: 'video/mp4' } },
    ],
  ])('%s', (_, given, part) => {
    expect(partOf(given)).toEqual(part)
  })

  test.each([
    ['a kind that is not known', { type: 'hologram' }],
    ['a picture without a URL', { type: 'image_url', image_url: {} }],
    ['sound without data', { type: 'input_audio', input_audio: { format: 'wav' } }],
    ['a file without anything', { type: 'file', file: {} }],
  ])('refuses %s, and says where', (_, given) => {
    expect(() => partOf(given)).toThrow(
      expect.objectContaining({ status: 400, param: 'messages[0].content[0]' }) as Error,
    )
  })
})
