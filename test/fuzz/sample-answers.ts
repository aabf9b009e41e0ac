import type { Json } from './sample-requests.ts'

/** One event of a stream: its name, where the dialect gives it one, and its data. */
export interface SampleEvent {
  readonly name?: string
  readonly data: Json
}

/** A well-formed answer of a vendor, and what is asked to get it. */
export interface SampleAnswer {
  readonly path: string
  readonly body: { readonly [name: string]: Json }
  /** How the answer is judged. */
  readonly operation:
    | 'chat'
    | 'responses'
    | 'messages'
    | 'completions'
    | 'embeddings'
    | 'images'
    | 'moderations'
  readonly document?: Json
  readonly events?: readonly SampleEvent[]
  /** What stands behind the events. */
  readonly last?: string
  readonly lineEnd?: '\n' | '\r\n'
}

const messages = [{ role: 'user', content: 'hi' }]
const tools = [
  {
    type: 'function',
    function: { name: 'get_weather', parameters: { type: 'object', properties: {} } },
  },
]
const chat = { path: '/chat/completions', operation: 'chat' } as const
const asked = { messages, tools }
const streamed = { ...asked, stream: true, stream_options: { include_usage: true } }
const usage = {
  prompt_tokens: 9,
  completion_tokens: 12,
  total_tokens: 21,
  prompt_tokens_details: { cached_tokens: 2 },
  completion_tokens_details: { reasoning_tokens: 3 },
}
const envelope = { id: 'chatcmpl-1', created: 1_700_000_000, model: 'm', system_fingerprint: 'fp' }
const call = {
  id: 'call_1',
  type: 'function',
  function: { name: 'get_weather', arguments: '{"city":"Rome"}' },
}

const completion = (message: Json, finish: string): Json => ({
  ...envelope,
  object: 'chat.completion',
  choices: [{ index: 0, message, logprobs: null, finish_reason: finish }],
  usage,
})
const chunk = (delta: Json, finish: string | null = null): SampleEvent => ({
  data: {
    ...envelope,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
  },
})
const ending = [{ data: { ...envelope, object: 'chat.completion.chunk', choices: [], usage } }]
const spoken = [
  chunk({ role: 'assistant', content: '', refusal: null }),
  chunk({ reasoning_content: 'Let me think.' }),
  chunk({ content: 'It is ' }),
  chunk({ content: 'sunny ☀️ in "Rome".' }),
  chunk({}, 'stop'),
  ...ending,
]
const called = [
  chunk({ role: 'assistant', content: null }),
  chunk({ tool_calls: [{ ...call, index: 0, function: { name: 'get_weather', arguments: '' } }] }),
  chunk({ tool_calls: [{ index: 0, function: { arguments: '{"city":' } }] }),
  chunk({ tool_calls: [{ index: 0, function: { arguments: '"Rome"}' } }] }),
  chunk({}, 'tool_calls'),
  ...ending,
]
const said = {
  role: 'assistant',
  content: 'It is sunny.',
  refusal: null,
  annotations: [],
  reasoning_content: 'Hm.',
}
const wholes = [
  completion(said, 'stop'),
  completion({ role: 'assistant', content: null, refusal: null, tool_calls: [call] }, 'tool_calls'),
]
const token = { token: 'Hi', logprob: -0.1, bytes: [72, 105], top_logprobs: [] }
const twice = [0, 1].map((index) => ({
  data: {
    ...envelope,
    object: 'chat.completion.chunk',
    choices: [
      {
        index,
        delta: { content: 'Hi' },
        logprobs: { content: [token], refusal: null },
        finish_reason: null,
      },
    ],
  },
}))
const ends = [0, 1].map((index) => ({
  data: {
    ...envelope,
    object: 'chat.completion.chunk',
    choices: [{ index, delta: {}, finish_reason: 'stop' }],
  },
}))
const legacy = [
  chunk({
    role: 'assistant',
    content: null,
    function_call: { name: 'get_weather', arguments: '' },
  }),
  chunk({ function_call: { arguments: '{"city":"Rome"}' } }),
  chunk({}, 'function_call'),
]
const refused = [
  chunk({ role: 'assistant', refusal: 'I' }),
  chunk({ refusal: ' cannot.' }),
  chunk({}, 'stop'),
]
const done = 'data: [DONE]\n\n'
const completed = (text: string, finish: string | null): { readonly [name: string]: Json } => ({
  id: 'cmpl-1',
  object: 'text_completion',
  created: 1_700_000_000,
  model: 'm',
  choices: [{ text, index: 0, logprobs: null, finish_reason: finish }],
})
const complete = { path: '/completions', operation: 'completions' } as const

const messageStart = {
  type: 'message_start',
  message: {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude',
    content: [],
    stop_reason: null,
    usage: { input_tokens: 9, cache_read_input_tokens: 2, output_tokens: 1 },
  },
}
const named = (data: { readonly type: string; readonly [name: string]: Json }): SampleEvent => ({
  name: data.type,
  data,
})
const block = (index: number, content_block: Json, ...deltas: Json[]): SampleEvent[] => [
  named({ type: 'content_block_start', index, content_block }),
  ...deltas.map((delta) => named({ type: 'content_block_delta', index, delta })),
  named({ type: 'content_block_stop', index }),
]
const claude: Json = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude',
  content: [
    { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' },
    { type: 'text', text: 'It is sunny.' },
    { type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: { city: 'Rome' } },
  ],
  stop_reason: 'tool_use',
  stop_sequence: null,
  usage: {
    input_tokens: 9,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 2,
    output_tokens: 12,
  },
}

const candidate = (parts: Json, finishReason?: string): Json => ({
  candidates: [
    {
      content: { parts, role: 'model' },
      index: 0,
      ...(finishReason === undefined ? {} : { finishReason }),
    },
  ],
  usageMetadata: {
    promptTokenCount: 9,
    candidatesTokenCount: 12,
    thoughtsTokenCount: 3,
    totalTokenCount: 24,
  },
  modelVersion: 'gemini',
  responseId: 'r1',
})
const functionCall = {
  functionCall: { name: 'get_weather', args: { city: 'Rome' } },
  thoughtSignature: 'c2ln',
}

const response = (status: string, output: Json): { readonly [name: string]: Json } => ({
  id: 'resp_1',
  object: 'response',
  created_at: 1_700_000_000,
  status,
  model: 'm',
  output,
  error: null,
  incomplete_details: null,
  usage:
    status === 'completed'
      ? {
          input_tokens: 9,
          output_tokens: 12,
          total_tokens: 21,
          output_tokens_details: { reasoning_tokens: 3 },
        }
      : null,
})
const message = (status: string, content: Json): Json => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  status,
  content,
})
const text = { type: 'output_text', text: 'It is sunny.', annotations: [] }
const place = { item_id: 'msg_1', output_index: 0, content_index: 0 }
const args = '{"city":"Rome"}'
const thought: Json = {
  id: 'rs_1',
  type: 'reasoning',
  summary: [{ type: 'summary_text', text: 'Hm.' }],
}
const functionItem = (status: string, input: string): Json => ({
  id: 'fc_1',
  type: 'function_call',
  call_id: 'call_1',
  name: 'get_weather',
  arguments: input,
  status,
})
const respond = { path: '/responses', operation: 'responses' } as const
const numbered = (
  events: readonly { readonly type: string; readonly [name: string]: Json }[],
): SampleEvent[] => events.map((event, at) => named({ ...event, sequence_number: at }))

const error = (more: Json): Json => ({
  error: { message: 'No.', type: 'invalid_request_error', param: null, ...(more as object) },
})

const claudeEvents: SampleEvent[] = [
  named(messageStart),
  ...block(
    0,
    { type: 'thinking', thinking: '', signature: '' },
    { type: 'thinking_delta', thinking: 'Hm.' },
    {
      type: 'signature_delta',
      signature: 'c2ln',
    },
  ),
  named({ type: 'ping' }),
  ...block(
    1,
    { type: 'text', text: '' },
    { type: 'text_delta', text: 'It is ' },
    { type: 'text_delta', text: 'sunny.' },
  ),
  ...block(
    2,
    { type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: {} },
    { type: 'input_json_delta', partial_json: '{"city":' },
    { type: 'input_json_delta', partial_json: '"Rome"}' },
  ),
  named({
    type: 'message_delta',
    delta: { stop_reason: 'tool_use', stop_sequence: null },
    usage: { output_tokens: 12 },
  }),
  named({ type: 'message_stop' }),
]
const write = { path: '/messages', operation: 'messages' } as const
const writing = {
  max_tokens: 100,
  messages,
  tools: [{ name: 'get_weather', input_schema: { type: 'object' } }],
}

/** Well-formed answers, by the dialect that a vendor speaks. */
export const sampleAnswers = {
  openai: [
    ...wholes.map((document) => ({ ...chat, body: asked, document })),
    { ...chat, body: streamed, events: spoken, last: done },
    { ...chat, body: streamed, events: called, last: done },
    { ...chat, body: streamed, events: [...twice, ...twice, ...ends, ...ending], last: done },
    { ...chat, body: streamed, events: legacy, last: done },
    { ...chat, body: streamed, events: refused, last: done },
    { ...chat, body: asked, events: called, last: done },
    { ...chat, body: streamed, document: wholes[0]! },
    { ...chat, body: streamed, document: wholes[1]! },
    { ...chat, body: asked, document: error({ code: 'context_length_exceeded' }) },
    {
      ...complete,
      body: { prompt: 'hi' },
      document: { ...completed('It is sunny.', 'stop'), usage },
    },
    {
      ...complete,
      body: { prompt: 'hi', stream: true, stream_options: { include_usage: true } },
      events: [
        { data: completed('It is ', null) },
        { data: completed('sunny.', null) },
        { data: completed('', 'stop') },
        { data: { ...completed('', null), choices: [], usage } },
      ],
      last: done,
    },
    {
      ...complete,
      body: { prompt: 'hi', stream: true },
      document: { ...completed('It is sunny.', 'stop'), usage },
    },
    {
      path: '/embeddings',
      operation: 'embeddings',
      body: { input: ['a', 'b'], encoding_format: 'float' },
      document: {
        object: 'list',
        data: [0, 1].map((index) => ({ object: 'embedding', index, embedding: [0.1, -0.2, 0.3] })),
        model: 'm',
        usage: { prompt_tokens: 2, total_tokens: 2 },
      },
    },
    {
      path: '/embeddings',
      operation: 'embeddings',
      body: { input: 'a', encoding_format: 'base64' },
      document: {
        object: 'list',
        data: [{ object: 'embedding', index: 0, embedding: 'AACAPwAAAEA=' }],
        model: 'm',
        usage: { prompt_tokens: 2, total_tokens: 2 },
      },
    },
    {
      path: '/moderations',
      operation: 'moderations',
      body: { input: 'hi' },
      document: {
        id: 'modr-1',
        model: 'm',
        results: [{ flagged: false, categories: {}, category_scores: {} }],
      },
    },
    {
      path: '/images/generations',
      operation: 'images',
      body: { prompt: 'a cat', stream: true },
      events: [
        { type: 'image_generation.partial_image', b64_json: 'aGk=', partial_image_index: 0 },
        {
          type: 'image_generation.completed',
          b64_json: 'aGk=',
          usage: { input_tokens: 1, output_tokens: 2 },
        },
      ].map(named),
    },
    {
      path: '/images/generations',
      operation: 'images',
      body: { prompt: 'a cat', stream: true },
      document: { created: 1_700_000_000, data: [{ b64_json: 'aGk=' }] },
    },
    {
      path: '/images/generations',
      operation: 'images',
      body: { prompt: 'a cat' },
      document: {
        created: 1_700_000_000,
        data: [{ b64_json: 'aGk=', revised_prompt: 'a cat' }],
        usage: { total_tokens: 3 },
      },
    },
  ],
  anthropic: [
    { ...chat, body: asked, document: claude },
    {
      ...chat,
      body: streamed,
      events: claudeEvents,
    },
    {
      ...chat,
      body: asked,
      document: { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
    },
    {
      ...chat,
      body: streamed,
      events: [named({ type: 'error', error: { type: 'overloaded_error', message: 'x' } })],
    },
  ],
  gemini: [
    {
      ...chat,
      body: asked,
      document: candidate(
        [{ text: 'Hm.', thought: true }, { text: 'It is sunny.' }, functionCall],
        'STOP',
      ),
    },
    {
      ...chat,
      body: streamed,
      lineEnd: '\r\n',
      events: [
        { data: candidate([{ text: 'Hm.', thought: true }]) },
        { data: candidate([{ text: 'It is ' }]) },
        { data: candidate([{ text: 'sunny.' }, functionCall]) },
        { data: candidate([{ text: '' }], 'STOP') },
      ],
    },
    {
      ...chat,
      body: streamed,
      document: [
        candidate([{ text: 'It is ' }]),
        candidate([{ text: 'sunny.' }, functionCall], 'STOP'),
      ],
    },
    {
      ...chat,
      body: asked,
      document: {
        promptFeedback: { blockReason: 'SAFETY' },
        usageMetadata: { promptTokenCount: 9 },
      },
    },
    {
      ...chat,
      body: asked,
      document: [{ error: { code: 400, message: 'No.', status: 'INVALID_ARGUMENT', details: [] } }],
    },
    {
      path: '/embeddings',
      operation: 'embeddings',
      body: { input: ['a', 'b'] },
      document: { embeddings: [{ values: [0.1, 0.2] }, { values: [0.3, 0.4] }] },
    },
  ],
  responses: [
    {
      ...respond,
      body: { input: 'hi' },
      document: response('completed', [message('completed', [text])]),
    },
    {
      ...respond,
      body: { input: 'hi' },
      document: response('completed', [thought, functionItem('completed', args)]),
    },
    {
      ...respond,
      body: { input: 'hi', stream: true },
      events: numbered([
        { type: 'response.created', response: response('in_progress', []) },
        {
          type: 'response.output_item.added',
          output_index: 0,
          item: functionItem('in_progress', ''),
        },
        {
          type: 'response.function_call_arguments.delta',
          output_index: 0,
          item_id: 'fc_1',
          delta: args,
        },
        {
          type: 'response.function_call_arguments.done',
          output_index: 0,
          item_id: 'fc_1',
          arguments: args,
        },
        {
          type: 'response.output_item.done',
          output_index: 0,
          item: functionItem('completed', args),
        },
        {
          type: 'response.completed',
          response: response('completed', [functionItem('completed', args)]),
        },
      ]),
    },
    {
      ...respond,
      body: { input: 'hi', stream: true },
      events: numbered([
        { type: 'response.created', response: response('in_progress', []) },
        { type: 'response.failed', response: response('failed', []) },
      ]),
    },
    {
      ...respond,
      body: { input: 'hi', stream: true },
      events: numbered([
        { type: 'response.created', response: response('in_progress', []) },
        { type: 'response.in_progress', response: response('in_progress', []) },
        { type: 'response.output_item.added', output_index: 0, item: message('in_progress', []) },
        { type: 'response.content_part.added', ...place, part: { ...text, text: '' } },
        { type: 'response.output_text.delta', ...place, delta: 'It is ' },
        { type: 'response.output_text.delta', ...place, delta: 'sunny.' },
        { type: 'response.output_text.done', ...place, text: 'It is sunny.' },
        { type: 'response.content_part.done', ...place, part: text },
        { type: 'response.output_item.done', output_index: 0, item: message('completed', [text]) },
        {
          type: 'response.completed',
          response: response('completed', [message('completed', [text])]),
        },
      ]),
    },
  ],
  messages: [
    { ...write, body: writing, document: claude },
    { ...write, body: { ...writing, stream: true }, events: claudeEvents },
    { ...write, body: { ...writing, stream: true }, document: claude },
    {
      ...write,
      body: { ...writing, stream: true },
      events: [
        named(messageStart),
        named({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }),
      ],
    },
    {
      ...write,
      body: writing,
      document: { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
    },
  ],
  'messages-over-chat': [
    ...wholes.map((document) => ({ ...write, body: writing, document })),
    { ...write, body: { ...writing, stream: true }, events: spoken, last: done },
    { ...write, body: { ...writing, stream: true }, events: called, last: done },
    { ...write, body: { ...writing, stream: true }, events: refused, last: done },
  ],
  'over-chat': [
    ...wholes.map((document) => ({ ...respond, body: { input: 'hi' }, document })),
    { ...respond, body: { input: 'hi', stream: true }, events: spoken, last: done },
    { ...respond, body: { input: 'hi', stream: true }, events: called, last: done },
    { ...complete, body: { prompt: 'hi' }, document: wholes[0]! },
    { ...complete, body: { prompt: 'hi', stream: true }, events: spoken, last: done },
  ],
} as const satisfies Readonly<Record<string, readonly SampleAnswer[]>>

/** The names of the dialects that are tried. */
export type FuzzedDialect = keyof typeof sampleAnswers
