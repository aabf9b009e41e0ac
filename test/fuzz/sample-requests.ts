/** A value of JSON. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

/** A request as clients make it; of a form its fields, a file being a pair of name and bytes. */
export interface SampleRequest {
  readonly method: 'DELETE' | 'GET' | 'POST'
  readonly path: string
  readonly body?: { readonly [name: string]: Json }
  readonly form?: readonly (readonly [
    name: string,
    value: string | readonly [filename: string, bytes: string],
  ])[]
}

const tools: Json = [
  {
    type: 'function',
    function: {
      name: 'weather',
      description: 'Tells the weather.',
      strict: false,
      parameters: {
        type: 'object',
        properties: {
          city: { type: 'string', enum: ['Rome', 'Oslo'] },
          days: { anyOf: [{ type: 'integer' }, { type: 'null' }] },
        },
        required: ['city'],
        additionalProperties: false,
      },
    },
  },
]

/** One request or two of every operation, with most of what they can say. */
export const sampleRequests: readonly SampleRequest[] = [
  {
    method: 'POST',
    path: '/chat/completions',
    body: {
      model: 'gpt-5',
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          name: 'ada',
          content: [
            { type: 'text', text: 'What is this? 你好 👩‍🚀' },
            {
              type: 'image_url',
              image_url: { url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'low' },
            },
          ],
        },
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            {
              id: 'call_1',
              type: 'function',
              function: { name: 'weather', arguments: '{"city":"Rome"}' },
            },
          ],
        },
        { role: 'tool', tool_call_id: 'call_1', content: '{"sun":true}' },
        { role: 'user', content: 'So?' },
      ],
      tools,
      tool_choice: 'auto',
      max_completion_tokens: 50,
      temperature: 0.5,
      stop: ['END'],
      reasoning_effort: 'low',
      logit_bias: { '50256': -100 },
      metadata: { trace: 'abc' },
      service_tier: 'auto',
    },
  },
  {
    method: 'POST',
    path: '/chat/completions',
    body: {
      model: 'gpt-5',
      stream: true,
      stream_options: { include_usage: true },
      messages: [{ role: 'user', content: 'hi' }],
      tools,
      tool_choice: { type: 'function', function: { name: 'weather' } },
      response_format: {
        type: 'json_schema',
        json_schema: {
          name: 'x',
          schema: { type: 'object', properties: { a: { type: 'string' } } },
        },
      },
      max_tokens: 20,
    },
  },
  {
    method: 'POST',
    path: '/completions',
    body: { model: 'gpt-5', prompt: ['Once', 'upon'], max_tokens: 5, stop: 'x', user: 'u' },
  },
  {
    method: 'POST',
    path: '/responses',
    body: {
      model: 'gpt-5',
      instructions: 'Be brief.',
      input: [
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi' }] },
        { type: 'function_call', call_id: 'call_1', name: 'weather', arguments: '{}' },
        { type: 'function_call_output', call_id: 'call_1', output: 'sun' },
      ],
      tools: [
        { type: 'function', name: 'weather', parameters: { type: 'object', properties: {} } },
      ],
      tool_choice: 'auto',
      reasoning: { effort: 'low', summary: 'auto' },
      text: { format: { type: 'text' }, verbosity: 'low' },
      truncation: 'auto',
      include: ['reasoning.encrypted_content'],
      store: false,
      metadata: { a: 'b' },
      max_output_tokens: 20,
    },
  },
  { method: 'POST', path: '/responses', body: { model: 'gpt-5', input: 'hi', stream: true } },
  {
    method: 'POST',
    path: '/messages',
    body: {
      model: 'claude-x',
      max_tokens: 20,
      system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'hi' }] },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' },
            { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Rome' } },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'text', text: '1' }] },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
            { type: 'document', source: { type: 'text', data: 'x' }, title: 't' },
          ],
        },
        { role: 'system', content: 'again' },
      ],
      tools: [
        { name: 'weather', input_schema: { type: 'object' } },
        { type: 'bash_20250124', name: 'bash' },
        { type: 'web_search_20250305', name: 'web_search' },
      ],
      tool_choice: { type: 'auto', disable_parallel_tool_use: true },
      thinking: { type: 'enabled', budget_tokens: 1024 },
      output_config: { effort: 'low', format: { type: 'json_schema', schema: {} } },
      metadata: { user_id: 'u' },
      stop_sequences: ['x'],
      temperature: 1,
      top_k: 3,
    },
  },
  {
    method: 'POST',
    path: '/messages',
    body: {
      model: 'claude-x',
      max_tokens: 20,
      stream: true,
      messages: [{ role: 'user', content: 'hi' }],
    },
  },
  {
    method: 'POST',
    path: '/messages/count_tokens',
    body: { model: 'claude-x', messages: [{ role: 'user', content: 'hi' }] },
  },
  {
    method: 'POST',
    path: '/embeddings',
    body: {
      model: 'text-embedding-3-small',
      input: ['a', 'b'],
      encoding_format: 'float',
      dimensions: 8,
    },
  },
  {
    method: 'POST',
    path: '/moderations',
    body: { model: 'omni-moderation-latest', input: [{ type: 'text', text: 'hi' }] },
  },
  {
    method: 'POST',
    path: '/images/generations',
    body: {
      model: 'gpt-image-1',
      prompt: 'a cat',
      size: '256x256',
      quality: 'low',
      background: 'auto',
      output_format: 'png',
      n: 1,
    },
  },
  {
    method: 'POST',
    path: '/audio/speech',
    body: { model: 'tts-1', input: 'hi', voice: 'alloy', response_format: 'wav', speed: 1 },
  },
  {
    method: 'POST',
    path: '/audio/transcriptions',
    form: [
      ['model', 'whisper-1'],
      ['file', ['a.wav', 'RIFF']],
      ['response_format', 'json'],
      ['language', 'en'],
      ['timestamp_granularities[]', 'word'],
    ],
  },
  {
    method: 'POST',
    path: '/audio/translations',
    form: [
      ['model', 'whisper-1'],
      ['file', ['a.wav', 'RIFF']],
      ['response_format', 'srt'],
    ],
  },
  {
    method: 'POST',
    path: '/images/edits',
    form: [
      ['model', 'gpt-image-1'],
      ['prompt', 'a hat'],
      ['image[]', ['a.png', 'PNG']],
      ['size', '256x256'],
    ],
  },
  {
    method: 'POST',
    path: '/images/variations',
    form: [
      ['image', ['a.png', 'PNG']],
      ['size', '256x256'],
      ['response_format', 'b64_json'],
    ],
  },
  { method: 'GET', path: '/models' },
  { method: 'GET', path: '/models/gpt-5' },
  { method: 'GET', path: '/responses/resp_1/input_items?limit=5&order=asc&after=x' },
  { method: 'GET', path: '/responses/resp_1?stream=true&starting_after=1' },
  { method: 'POST', path: '/responses/resp_1/cancel' },
  { method: 'DELETE', path: '/responses/resp_1' },
  {
    method: 'POST',
    path: '/models/gemini-3-flash:generateContent',
    body: {
      contents: [
        {
          role: 'user',
          parts: [
            { text: 'What is this? 你好 👩‍🚀' },
            { inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' } },
            { fileData: { mimeType: 'image/png', fileUri: 'https://example.com/a.png' } },
          ],
        },
        {
          role: 'model',
          parts: [
            { text: 'Hm.', thought: true },
            {
              functionCall: { id: 'a', name: 'weather', args: { city: 'Rome' } },
              thoughtSignature: 'c2ln',
            },
          ],
        },
        {
          role: 'user',
          parts: [{ functionResponse: { id: 'a', name: 'weather', response: { sun: true } } }],
        },
      ],
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      tools: [
        {
          functionDeclarations: [
            {
              name: 'weather',
              description: 'Tells the weather.',
              parameters: {
                type: 'OBJECT',
                properties: { city: { type: 'STRING', enum: ['Rome'], nullable: true } },
                required: ['city'],
              },
            },
          ],
        },
        { googleSearch: {} },
      ],
      toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['weather'] } },
      safetySettings: [{ category: 'HARM_CATEGORY_HATE_SPEECH', threshold: 'BLOCK_NONE' }],
      generationConfig: {
        temperature: 0.5,
        maxOutputTokens: 50,
        stopSequences: ['END'],
        responseMimeType: 'application/json',
        responseSchema: { type: 'ARRAY', items: { anyOf: [{ type: 'STRING' }] } },
        thinkingConfig: { includeThoughts: true, thinkingLevel: 'LOW' },
      },
    },
  },
  {
    method: 'POST',
    path: '/models/gemini-3-flash:streamGenerateContent?alt=sse',
    body: { contents: [{ parts: [{ text: 'Hi' }] }], generationConfig: { candidateCount: 2 } },
  },
  {
    method: 'POST',
    path: '/models/gemini-3-flash:countTokens',
    body: { generateContentRequest: { contents: [{ parts: [{ text: 'Hi' }] }] } },
  },
  {
    method: 'POST',
    path: '/models/gemini-embedding-001:batchEmbedContents',
    body: { requests: [{ content: { parts: [{ text: 'Hi' }] }, taskType: 'RETRIEVAL_QUERY' }] },
  },
]

/** Where a form's parts end. */
export const BOUNDARY = 'sluice-form-boundary'

/** The bytes of a form. */
export function formBytes(form: NonNullable<SampleRequest['form']>, boundary = BOUNDARY): string {
  const parts = form.map(([name, value]) =>
    typeof value === 'string'
      ? `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
      : `--${boundary}\r\ncontent-disposition: form-data; name="${name}"; filename="${value[0]}"\r\n` +
        `content-type: application/octet-stream\r\n\r\n${value[1]}\r\n`,
  )
  return `${parts.join('')}--${boundary}--\r\n`
}

/** Every place in a value, as the steps that lead there. */
export function placesIn(
  value: Json,
  path: readonly string[] = [],
): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path]
  const inside = Object.entries(value).flatMap(([name, item]) => placesIn(item, [...path, name]))
  return path.length === 0 ? inside : [path, ...inside]
}

/** A copy with something else at a place; `rename` also puts it under another name. */
export function withAt(value: Json, path: readonly string[], by: Json, rename?: string): Json {
  const [step, ...rest] = path
  if (step === undefined || typeof value !== 'object' || value === null) return by
  if (Array.isArray(value))
    return value.map((item, at) => (String(at) === step ? withAt(item, rest, by, rename) : item))
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => {
      if (name !== step) return [name, item]
      return [rest.length === 0 ? (rename ?? name) : name, withAt(item, rest, by, rename)]
    }),
  )
}
