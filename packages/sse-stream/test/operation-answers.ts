import { createGate, type Batch } from '@sluice/core'
import {
  BinaryBatch,
  ChunkBatch,
  DocumentBatch,
  encodeTypedFrame,
  EventBatch,
  TypedEventBatch,
} from '@sluice/sse-stream/internal'
import { usage } from './answers.ts'

/** What must not be seen in any answer. */
export const SECRET = '4111111111111111'
const TEXT = `pay ${SECRET} now`
export const ARGUMENTS = JSON.stringify({ card: SECRET, note: 'a "b"' })
const LOGPROBS = [
  { token: SECRET, logprob: -1, bytes: [52], top_logprobs: [{ token: SECRET, logprob: -1 }] },
]

/** An answer that has the secret wherever its operation can say it. */
export interface OperationAnswer {
  readonly operation: string
  readonly batches: readonly Batch[]
}

type Json = Record<string, unknown>
type Event = Json & { readonly type: string }

/** The parts that each text is told in. */
export type Cut = (text: string) => readonly string[]

const document = (value: Json, cost = true): Batch[] => [
  new DocumentBatch<unknown, unknown>({ value }, createGate(), cost ? usage : undefined),
]
/** Events as a vendor sent them, one batch each; what it cost comes with the last. */
const typed = (events: readonly Event[]): Batch[] =>
  events.map((event, at) => {
    const bytes = new TextEncoder().encode(encodeTypedFrame(event))
    return new TypedEventBatch(
      { bytes },
      createGate(),
      at === events.length - 1 ? usage : undefined,
    )
  })
const chunks = (list: readonly unknown[]): Batch[] => [
  ...list.map((chunk) => new ChunkBatch<unknown, unknown>([chunk], createGate())),
  new ChunkBatch<unknown, unknown>([], createGate(), usage),
]

const CHAT = { id: 'chatcmpl-1', created: 1, model: 'm' }
const COMPLETION = { id: 'cmpl-1', object: 'text_completion', created: 1, model: 'm' }

const citation = (text: string) => ({
  type: 'url_citation',
  url_citation: { start_index: 0, end_index: 1, title: text, url: `https://host/${text}` },
})

export function wholeChat(): Batch[] {
  const message = {
    role: 'assistant',
    content: TEXT,
    refusal: TEXT,
    reasoning_content: TEXT,
    reasoning: TEXT,
    reasoning_details: [{ type: 'reasoning.text', text: TEXT }],
    annotations: [citation(SECRET)],
    audio: { id: 'audio_1', data: 'AAAA', transcript: TEXT, expires_at: 1 },
    function_call: { name: 'pay', arguments: ARGUMENTS },
    tool_calls: [
      { id: 'call_1', type: 'function', function: { name: 'pay', arguments: ARGUMENTS } },
      { id: 'call_2', type: 'custom', custom: { name: 'write', input: TEXT } },
    ],
  }
  const logprobs = { content: LOGPROBS, refusal: LOGPROBS }
  const choice = (index: number) => ({
    index,
    message,
    logprobs,
    finish_reason: 'stop',
    token_ids: [1],
  })
  return document({
    ...CHAT,
    object: 'chat.completion',
    choices: [choice(0), choice(1)],
    search: [TEXT],
    usage,
  })
}

export function streamedChat(cut: Cut): Batch[] {
  const object = 'chat.completion.chunk'
  const chunk = (index: number, delta: Json, more: Json = {}) => ({
    ...CHAT,
    object,
    choices: [{ index, delta, finish_reason: null, ...more }],
  })
  const said = (index: number) => [
    chunk(index, { role: 'assistant', content: '' }),
    ...['content', 'refusal', 'reasoning_content', 'reasoning'].flatMap((field) =>
      cut(TEXT).map((piece) =>
        chunk(index, { [field]: piece }, { logprobs: { content: LOGPROBS, refusal: null } }),
      ),
    ),
    chunk(index, { reasoning_details: [{ text: TEXT }], annotations: [citation(SECRET)] }),
    chunk(index, { audio: { id: 'audio_1', transcript: TEXT } }, { token_ids: [1] }),
    ...cut(ARGUMENTS).map((piece) => chunk(index, { function_call: { arguments: piece } })),
    chunk(index, {
      tool_calls: [
        { index: 0, id: 'call_1', type: 'function', function: { name: 'pay', arguments: '' } },
      ],
    }),
    ...cut(ARGUMENTS).map((piece) =>
      chunk(index, { tool_calls: [{ index: 0, function: { arguments: piece } }] }),
    ),
    chunk(index, {
      tool_calls: [
        { index: 1, id: 'call_2', type: 'custom', custom: { name: 'write', input: '' } },
      ],
    }),
    ...cut(TEXT).map((piece) =>
      chunk(index, { tool_calls: [{ index: 1, custom: { input: piece } }] }),
    ),
  ]
  const end = (index: number) => ({
    ...CHAT,
    object,
    choices: [{ index, delta: {}, finish_reason: 'stop' }],
  })
  return chunks([...said(0), ...said(1), end(0), end(1)])
}

const COMPLETION_LOGPROBS = {
  tokens: [SECRET],
  token_logprobs: [-1],
  top_logprobs: [{ [SECRET]: -1 }],
  text_offset: [0],
}

export function wholeCompletion(): Batch[] {
  const choice = (index: number) => ({
    index,
    text: TEXT,
    reasoning: TEXT,
    logprobs: COMPLETION_LOGPROBS,
    finish_reason: 'stop',
  })
  return document({ ...COMPLETION, choices: [choice(0), choice(1)], usage })
}

export function streamedCompletion(cut: Cut): Batch[] {
  const chunk = (index: number, text: string, finish: string | null = null) => ({
    ...COMPLETION,
    choices: [
      {
        index,
        text,
        logprobs: finish === null ? COMPLETION_LOGPROBS : null,
        finish_reason: finish,
      },
    ],
  })
  const said = (index: number) => cut(TEXT).map((piece) => chunk(index, piece))
  return chunks([...said(0), ...said(1), chunk(0, '', 'stop'), chunk(1, '', 'stop')])
}

const ITEMS: readonly Json[] = [
  {
    id: 'rs_1',
    type: 'reasoning',
    summary: [{ type: 'summary_text', text: TEXT }],
    content: [{ type: 'reasoning_text', text: TEXT }],
    encrypted_content: 'gAAAA',
  },
  {
    id: 'msg_1',
    type: 'message',
    status: 'completed',
    role: 'assistant',
    content: [
      {
        type: 'output_text',
        text: TEXT,
        annotations: [
          {
            type: 'url_citation',
            url: `https://host/${SECRET}`,
            title: SECRET,
            start_index: 0,
            end_index: 1,
          },
        ],
        logprobs: LOGPROBS,
      },
      { type: 'refusal', refusal: TEXT },
    ],
  },
  {
    id: 'fc_1',
    type: 'function_call',
    status: 'completed',
    call_id: 'call_1',
    name: 'pay',
    arguments: ARGUMENTS,
  },
  {
    id: 'ctc_1',
    type: 'custom_tool_call',
    status: 'completed',
    call_id: 'call_2',
    name: 'write',
    input: TEXT,
  },
  {
    id: 'mcp_1',
    type: 'mcp_call',
    name: 'pay',
    server_label: 's',
    arguments: ARGUMENTS,
    output: TEXT,
    error: TEXT,
  },
  {
    id: 'ci_1',
    type: 'code_interpreter_call',
    status: 'completed',
    container_id: 'c_1',
    code: TEXT,
    outputs: [{ type: 'logs', logs: TEXT }],
  },
  {
    id: 'ws_1',
    type: 'web_search_call',
    status: 'completed',
    action: { type: 'search', query: TEXT, sources: [TEXT] },
  },
  {
    id: 'fs_1',
    type: 'file_search_call',
    status: 'completed',
    queries: [TEXT],
    results: [{ file_id: 'f', text: TEXT }],
  },
  {
    id: 'ig_1',
    type: 'image_generation_call',
    status: 'completed',
    result: 'iVBORw0KGgo=',
    revised_prompt: TEXT,
  },
  { id: 'new_1', type: 'an_invented_call', status: 'completed', whatever: { deep: [TEXT] } },
]

/** Those that the official client knows: its helper refuses a stream with others. */
export const KNOWN_ITEMS = ITEMS.slice(0, -1)

function response(status: string, output: readonly Json[]): Json {
  return {
    id: 'resp_1',
    object: 'response',
    created_at: 1,
    status,
    model: 'm',
    output,
    instructions: TEXT,
    metadata: { id: TEXT, status: TEXT },
    tools: [{ type: 'function', name: 'pay', description: TEXT, parameters: {}, strict: true }],
    tool_choice: 'auto',
    parallel_tool_calls: true,
    temperature: 1,
    top_p: 1,
    error: null,
    incomplete_details: null,
    usage: { input_tokens: 3, output_tokens: 5, total_tokens: 8 },
  }
}

export const wholeResponse = (): Batch[] => document(response('completed', ITEMS))

/**
 * Texts of items that grow, in the order in which they are told: the events' stem, where it stands,
 * the text.
 */
const GROWING: readonly (readonly [stem: string, at: Json, text: string, whole: string])[] = [
  ['reasoning_summary_text', { output_index: 0, item_id: 'rs_1', summary_index: 0 }, TEXT, 'text'],
  ['reasoning_text', { output_index: 0, item_id: 'rs_1', content_index: 0 }, TEXT, 'text'],
  ['output_text', { output_index: 1, item_id: 'msg_1', content_index: 0 }, TEXT, 'text'],
  ['refusal', { output_index: 1, item_id: 'msg_1', content_index: 1 }, TEXT, 'refusal'],
  ['function_call_arguments', { output_index: 2, item_id: 'fc_1' }, ARGUMENTS, 'arguments'],
  ['custom_tool_call_input', { output_index: 3, item_id: 'ctc_1' }, TEXT, 'input'],
  ['mcp_call_arguments', { output_index: 4, item_id: 'mcp_1' }, ARGUMENTS, 'arguments'],
  ['code_interpreter_call_code', { output_index: 5, item_id: 'ci_1' }, TEXT, 'code'],
  ['audio.transcript', { output_index: 9, item_id: 'new_1' }, TEXT, 'transcript'],
  ['an_invented_text', { output_index: 9, item_id: 'new_1' }, TEXT, 'text'],
]

function partAt(item: Json, at: Json): Json | undefined {
  if ('summary_index' in at) return (item['summary'] as Json[])[at['summary_index'] as number]
  return 'content_index' in at
    ? (item['content'] as Json[])[at['content_index'] as number]
    : undefined
}

/** A part that nothing has been said of yet. */
function emptied(part: Json): Json {
  const isEmptied = (value: unknown) => (Array.isArray(value) ? [] : '')
  return Object.fromEntries(
    Object.entries(part).map(([name, value]) => [name, name === 'type' ? value : isEmptied(value)]),
  )
}

/**
 * A response as its vendor streams it: each text in deltas, then whole, in its part, in its item,
 * and in the response.
 */
export function streamedResponse(cut: Cut, items = ITEMS): Batch[] {
  const events: Event[] = []
  const add = (type: string, fields: Json) => {
    events.push({ type: `response.${type}`, sequence_number: events.length, ...fields })
  }
  add('created', { response: response('in_progress', []) })
  add('in_progress', { response: response('in_progress', []) })
  for (const [index, item] of items.entries()) {
    const { summary: _summary, content: _content, ...rest } = item
    const grown = ['arguments', 'input', 'code']
      .filter((name) => name in item)
      .map((name) => [name, ''])
    const lists = ['summary', 'content'].filter((name) => name in item).map((name) => [name, []])
    const begun = { ...rest, status: 'in_progress', ...Object.fromEntries([...grown, ...lists]) }
    add('output_item.added', { output_index: index, item: begun })
    for (const [stem, at, text, field] of GROWING.filter(
      ([, place]) => place['output_index'] === index,
    )) {
      const part = partAt(item, at)
      const kind = 'summary_index' in at ? 'reasoning_summary_part' : 'content_part'
      const logprobs = stem === 'output_text' ? { logprobs: LOGPROBS } : {}
      if (part !== undefined) add(`${kind}.added`, { ...at, part: emptied(part) })
      for (const piece of cut(text))
        add(`${stem}.delta`, { ...at, delta: piece, obfuscation: 'x', ...logprobs })
      if (stem === 'output_text') {
        const [annotation] = part!['annotations'] as Json[]
        add('output_text.annotation.added', { ...at, annotation_index: 0, annotation })
      }
      add(`${stem}.done`, { ...at, [field]: text, ...logprobs })
      if (part !== undefined) add(`${kind}.done`, { ...at, part })
    }
    if (index === 8)
      add('image_generation_call.partial_image', {
        output_index: 8,
        item_id: 'ig_1',
        partial_image_index: 0,
        partial_image_b64: 'iVBORw0KGgo=',
      })
    if (index === 9) add('audio.delta', { output_index: 9, delta: 'AAAA' })
    add('output_item.done', { output_index: index, item })
  }
  add('completed', { response: response('completed', items) })
  return typed(events)
}

const CONTENT_ABOUT = { modelVersion: 'm', responseId: 'r1' }
const CONTENT_USAGE = { promptTokenCount: 3, candidatesTokenCount: 5, totalTokenCount: 8 }
const CONTENT_SPELLED = {
  logprobsResult: { chosenCandidates: [{ token: SECRET, logProbability: -1 }] },
}
const CONTENT_CALL = {
  functionCall: { id: 'call_1', name: 'pay', args: { card: SECRET, note: 'a "b"' } },
  thoughtSignature: 'c2ln',
}
const CONTENT_SOURCES = { groundingMetadata: { webSearchQueries: [TEXT] } }

export function wholeContent(): Batch[] {
  const half = TEXT.length / 2
  const parts = [
    { text: TEXT, thought: true },
    { text: TEXT.slice(0, half) },
    { text: TEXT.slice(half) },
    { inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' } },
    { executableCode: { language: 'PYTHON', code: TEXT } },
    CONTENT_CALL,
  ]
  const candidate = (index: number) => ({
    content: { parts, role: 'model' },
    finishReason: 'STOP',
    index,
    ...CONTENT_SOURCES,
    ...CONTENT_SPELLED,
  })
  const candidates = [candidate(0), candidate(1)]
  return document({ candidates, usageMetadata: CONTENT_USAGE, ...CONTENT_ABOUT, note: TEXT })
}

/** As its vendor sent it, event by event; what it cost comes by itself. */
export function streamedContent(cut: Cut): Batch[] {
  const event = (index: number, parts: readonly Json[], more: Json = {}) => ({
    candidates: [{ content: { parts, role: 'model' }, index, ...more }],
    ...CONTENT_ABOUT,
  })
  const said = (index: number) => [
    ...cut(TEXT).map((text) => event(index, [{ text, thought: true }])),
    ...cut(TEXT).map((text) => event(index, [{ text }], CONTENT_SPELLED)),
    event(index, [CONTENT_CALL], CONTENT_SOURCES),
    event(index, [{ text: '' }], { finishReason: 'STOP' }),
  ]
  const batches = [...said(0), ...said(1)].map((one) => {
    const bytes = new TextEncoder().encode(`data: ${JSON.stringify(one)}\n\n`)
    return new EventBatch<unknown, unknown>(bytes, createGate())
  })
  return [...batches, new ChunkBatch<unknown, unknown>([], createGate(), usage)]
}

const MESSAGE = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'm',
  stop_sequence: null,
  usage: { input_tokens: 3, output_tokens: 5 },
}
const cited = {
  type: 'web_search_result_location',
  url: `https://host/${SECRET}`,
  title: SECRET,
  encrypted_index: 'Eo8B',
  cited_text: TEXT,
}
const BLOCKS: readonly Json[] = [
  { type: 'thinking', thinking: TEXT, signature: 'EqQB' },
  { type: 'redacted_thinking', data: 'EmwK' },
  {
    type: 'server_tool_use',
    id: 'srvtoolu_1',
    name: 'web_search',
    input: { query: SECRET, note: TEXT },
  },
  {
    type: 'web_search_tool_result',
    tool_use_id: 'srvtoolu_1',
    content: [{ type: 'web_search_result', title: TEXT, url: SECRET, encrypted_content: 'EqgC' }],
  },
  { type: 'text', text: TEXT, citations: [cited] },
  { type: 'tool_use', id: 'call_1', name: 'pay', input: JSON.parse(ARGUMENTS) as Json },
]

export function wholeMessage(): Batch[] {
  return document({ ...MESSAGE, content: BLOCKS, stop_reason: 'tool_use' })
}

/** A message as Anthropic streams it. */
export function streamedMessage(cut: Cut): Batch[] {
  const events: Event[] = [
    {
      type: 'message_start',
      message: { ...MESSAGE, content: [], stop_reason: null, usage: { input_tokens: 3 } },
    },
    { type: 'ping' },
  ]
  for (const [index, block] of BLOCKS.entries()) {
    const { thinking, text, citations, input, ...rest } = block
    const grow = (delta: Json) => events.push({ type: 'content_block_delta', index, delta })
    const begun = {
      ...rest,
      ...(text === undefined ? {} : { text: '', citations: [] }),
      ...(thinking === undefined ? {} : { thinking: '', signature: '' }),
      ...(input === undefined ? {} : { input: {} }),
    }
    events.push({ type: 'content_block_start', index, content_block: begun })
    if (typeof thinking === 'string') {
      for (const piece of cut(thinking)) grow({ type: 'thinking_delta', thinking: piece })
      grow({ type: 'signature_delta', signature: rest['signature'] })
    }
    if (typeof text === 'string') {
      for (const citation of citations as Json[]) grow({ type: 'citations_delta', citation })
      for (const piece of cut(text)) grow({ type: 'text_delta', text: piece })
    }
    if (input !== undefined)
      for (const partial_json of cut(JSON.stringify(input)))
        grow({ type: 'input_json_delta', partial_json })
    events.push({ type: 'content_block_stop', index })
  }
  events.push(
    {
      type: 'message_delta',
      delta: { stop_reason: 'tool_use', stop_sequence: null },
      usage: { output_tokens: 5 },
    },
    { type: 'message_stop' },
  )
  return typed(events)
}

export function wholeTranscription(): Batch[] {
  const words = TEXT.split(' ').map((word) => ({ word, start: 0, end: 1 }))
  const halves = [`pay ${SECRET.slice(0, 8)}`, `${SECRET.slice(8)} now`]
  const segments = [
    { id: 0, text: TEXT, tokens: [1], start: 0, end: 1 },
    { id: 1, text: halves.join(''), tokens: [1], start: 0, end: 1 },
  ]
  return document(
    {
      text: TEXT,
      language: 'en',
      words,
      segments,
      logprobs: LOGPROBS,
      usage: { type: 'duration', seconds: 7 },
    },
    false,
  )
}

export function streamedTranscription(cut: Cut): Batch[] {
  return typed([
    ...cut(TEXT).map((delta) => ({ type: 'transcript.text.delta', delta, logprobs: LOGPROBS })),
    { type: 'transcript.text.segment', id: 's1', text: TEXT, speaker: SECRET },
    {
      type: 'transcript.text.done',
      text: TEXT,
      logprobs: LOGPROBS,
      usage: { type: 'tokens', input_tokens: 3, output_tokens: 5 },
    },
  ])
}

export function plainTranscription(cut: Cut): Batch[] {
  return cut(TEXT).map(
    (piece) => new BinaryBatch(new TextEncoder().encode(piece), 'text/plain', createGate()),
  )
}

export function wholePicture(): Batch[] {
  return document({ created: 1, data: [{ b64_json: 'iVBORw0KGgo=', revised_prompt: TEXT }] })
}

export function streamedPicture(): Batch[] {
  return typed([
    { type: 'image_generation.partial_image', b64_json: 'iVBORw0KGgo=' },
    { type: 'image_generation.completed', b64_json: 'iVBORw0KGgo=', revised_prompt: TEXT },
  ])
}

export const vectors = (): Batch[] =>
  document({
    object: 'list',
    model: 'm',
    data: [{ object: 'embedding', index: 0, embedding: 'AACAPw==' }],
    usage,
  })

export const moderation = (): Batch[] =>
  document({ id: 'modr-1', model: 'm', results: [{ flagged: false }] }, false)

export const speech = (): Batch[] => [
  new BinaryBatch(new Uint8Array([0, 255, 1]), 'audio/mpeg', createGate()),
]

export const streamedSpeech = (): Batch[] =>
  typed([{ type: 'speech.audio.delta', audio: 'AAAA' }, { type: 'speech.audio.done' }])

/** Every answer that carries text, by name; the secret is cut as asked. */
export function textAnswers(cut: Cut): [name: string, operation: string, batches: Batch[]][] {
  return [
    ['a whole chat', 'chat.completions', wholeChat()],
    ['a streamed chat', 'chat.completions', streamedChat(cut)],
    ['a whole completion', 'completions', wholeCompletion()],
    ['a streamed completion', 'completions', streamedCompletion(cut)],
    ['a whole response', 'responses.create', wholeResponse()],
    ['a streamed response', 'responses.create', streamedResponse(cut)],
    ['a whole content', 'models.generateContent', wholeContent()],
    ['a streamed content', 'models.generateContent', streamedContent(cut)],
    ['a whole message', 'messages.create', wholeMessage()],
    ['a streamed message', 'messages.create', streamedMessage(cut)],
    ['a whole transcription', 'audio.transcriptions', wholeTranscription()],
    ['a streamed transcription', 'audio.transcriptions', streamedTranscription(cut)],
    ['a transcription as plain text', 'audio.transcriptions', plainTranscription(cut)],
    ['a whole picture', 'images.generate', wholePicture()],
    ['a streamed picture', 'images.generate', streamedPicture()],
  ]
}

/** Every answer without any. */
export function quietAnswers(): [name: string, batches: Batch[]][] {
  return [
    ['vectors', vectors()],
    ['a moderation', moderation()],
    ['a count of tokens', document({ totalTokens: 7 }, false)],
    ['a count of tokens', document({ input_tokens: 5 }, false)],
    ['speech', speech()],
    ['streamed speech', streamedSpeech()],
  ]
}
