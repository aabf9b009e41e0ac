import { variedCompletions } from './varied-completions.ts'

/** The protocols in which streams are told. */
export type Dialect = 'chat' | 'messages' | 'gemini'

/** What a chat stream may hold beside plain text. */
type Shape = 'usage' | 'logprobs' | 'counted' | 'tools' | 'reasoning' | 'pair'

/**
 * How an answer leaves: its writes one after another, and the waits before the first and between
 * the others, in milliseconds.
 */
export interface Plan {
  readonly writes: readonly Buffer[]
  readonly silence: number
  readonly delay: number
}

/** In OpenAI's own order: what is written as we would write it goes on as it came. */
const envelope = (object: string) => ({
  id: 'chatcmpl-benchmark00000000000000000',
  object,
  created: 1_700_000_000,
  model: 'bench-model',
  service_tier: 'default',
  system_fingerprint: 'fp_bench',
})
const usage = { prompt_tokens: 19, completion_tokens: 200, total_tokens: 219 }
const frame = (body: object) =>
  `data: ${JSON.stringify({ ...envelope('chat.completion.chunk'), ...body })}\n\n`
const delta = (
  delta: object,
  reason: string | null = null,
  more: object = {},
  logprobs: object | null = null,
) => frame({ choices: [{ index: 0, delta, logprobs, finish_reason: reason }], ...more })
const of = (index: number, delta: object, reason: string | null = null) =>
  frame({ choices: [{ index, delta, logprobs: null, finish_reason: reason }] })
/** What OpenAI puts into each event of those who ask for usage, as gateways do. */
const unused = { usage: null }
const named = (type: string, rest: object) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`
const word = (at: number) => ` ~${String(at).padStart(5, '0')}lorem`

interface Events {
  readonly first: readonly string[]
  readonly token: (at: number) => string
  readonly last: readonly string[]
}

const start = { role: 'assistant', content: '', refusal: null }
const last = [frame({ choices: [], usage }), 'data: [DONE]\n\n']
const call = (fields: object, more: object = {}) =>
  delta({ tool_calls: [{ index: 0, ...more, function: fields }] })

const chat: Events = {
  first: [delta(start)],
  token: (at) => delta({ content: word(at) }),
  last: [delta({}, 'stop'), ...last],
}

/** Every one holds as many `~` as it has tokens. */
const shapes: { readonly [S in Shape]: Events } = {
  usage: {
    first: [delta({ role: 'assistant', content: '', refusal: null }, null, unused)],
    token: (at: number) => delta({ content: word(at) }, null, unused),
    last: [delta({}, 'stop', unused), ...last],
  },
  logprobs: {
    first: [delta(start)],
    token: (at) => {
      const logprob = -Number((((at * 7919) % 1000) / 333).toFixed(6))
      const bytes = [...Buffer.from(` ${at}`)]
      const top = [{ token: ` ${at}`, logprob, bytes }]
      const content = [{ token: ` ${at}`, logprob, bytes, top_logprobs: top }]
      return delta({ content: word(at) }, null, {}, { content, refusal: null })
    },
    last: [delta({}, 'stop'), ...last],
  },
  counted: {
    first: [delta(start)],
    token: (at) =>
      delta({ content: word(at) }, null, {
        usage: { prompt_tokens: 19, completion_tokens: at + 1, total_tokens: at + 20 },
      }),
    last: [delta({}, 'stop', { usage }), 'data: [DONE]\n\n'],
  },
  tools: {
    first: [
      delta({ role: 'assistant', content: null }),
      call({ name: 'write_file', arguments: '' }, { id: 'call_bench', type: 'function' }),
    ],
    token: (at) => call({ arguments: at === 0 ? `{"text":"~ ${at}` : word(at) }),
    last: [call({ arguments: '"}' }), delta({}, 'tool_calls'), ...last],
  },
  reasoning: {
    first: [delta({ ...start, reasoning_content: '' })],
    // The second half is what is said, as thinking models do.
    token: (at) => delta(at < 100 ? { reasoning_content: word(at) } : { content: word(at) }),
    last: [delta({}, 'stop'), ...last],
  },
  pair: {
    first: [of(0, start), of(1, start)],
    token: (at) => of(at % 2, { content: word(at) }),
    last: [of(0, {}, 'stop'), of(1, {}, 'stop'), ...last],
  },
}

const gemini = (part: object, more: object = {}) =>
  `data: ${JSON.stringify({
    candidates: [{ content: { parts: [part], role: 'model' }, index: 0, ...more }],
    usageMetadata: { promptTokenCount: 19, candidatesTokenCount: 200, totalTokenCount: 219 },
    modelVersion: 'bench-gemini',
    responseId: 'bench-response',
  })}\r\n\r\n`

const dialects: { readonly [D in Dialect]: Events } = {
  chat,
  gemini: {
    first: [],
    token: (at) => gemini({ text: word(at) }),
    last: [gemini({ text: '' }, { finishReason: 'STOP' })],
  },
  messages: {
    first: [
      named('message_start', {
        message: {
          id: 'msg_bench',
          type: 'message',
          role: 'assistant',
          model: 'bench-claude',
          content: [],
          usage: { input_tokens: 19, output_tokens: 1 },
        },
      }),
      named('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    ],
    token: (at: number) =>
      named('content_block_delta', { index: 0, delta: { type: 'text_delta', text: word(at) } }),
    last: [
      named('content_block_stop', { index: 0 }),
      named('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 200 } }),
      named('message_stop', {}),
    ],
  },
}

/**
 * The fields that Node sends with every answer; without `keep-alive`, undici gives up an idle
 * connection after 4 s.
 */
const answerHead = (type: string, framing: string) =>
  `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ndate: ${new Date().toUTCString()}\r\nconnection: keep-alive\r\nkeep-alive: timeout=65\r\n${framing}\r\n\r\n`
const chunk = (event: string) => `${Buffer.byteLength(event).toString(16)}\r\n${event}\r\n`

/** An answer of one write. */
export function json(value: object): Plan {
  const body = JSON.stringify(value)
  const text = answerHead('application/json', `content-length: ${Buffer.byteLength(body)}`) + body
  return { writes: [Buffer.from(text)], silence: 0, delay: 0 }
}

export const completion = json({
  ...envelope('chat.completion'),
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: `~${'lorem ipsum '.repeat(50)}`, refusal: null },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage,
})

export const message = json({
  id: 'msg_bench',
  type: 'message',
  role: 'assistant',
  model: 'bench-claude',
  content: [{ type: 'text', text: `~${'lorem ipsum '.repeat(50)}` }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 19, output_tokens: 200 },
})

export const embedding = json({
  object: 'list',
  data: [
    {
      object: 'embedding',
      index: 0,
      embedding: Array.from({ length: 1536 }, (_, at) => Number(Math.sin(at / 7).toFixed(8))),
    },
  ],
  model: 'bench-model',
  usage: { prompt_tokens: 2, total_tokens: 2 },
})

/** Answers in turn, no two of which have the same shape and values. */
export const varied: readonly Plan[] = variedCompletions(512).map(json)

const isShape = (word: string | undefined): word is Shape =>
  word !== undefined && Object.hasOwn(shapes, word)

const made = new Map<string, Plan>()

/**
 * The stream that a model's name asks for. Each event is an HTTP chunk of its own, as vendors send
 * them; the first tokens go with what comes before them, the last with the end.
 */
export function streamOf(dialect: Dialect, model: string): Plan {
  const key = `${dialect} ${model}`
  let plan = made.get(key)
  if (plan === undefined) {
    const option = (name: string) => Number(new RegExp(`;${name}=(\\d+)`).exec(model)?.[1] ?? 0)
    const tokens = option('tokens') || 20
    const burst = option('burst') || 1
    const shape = /;shape=(\w+)/.exec(model)?.[1]
    const events = dialect === 'chat' && isShape(shape) ? shapes[shape] : dialects[dialect]
    const { first, token, last } = events
    const writes: Buffer[] = []
    for (let at = 0; at < tokens; at += burst) {
      const frames = Array.from({ length: Math.min(burst, tokens - at) }, (_, more) =>
        token(at + more),
      )
      const begins = at === 0 ? answerHead('text/event-stream', 'transfer-encoding: chunked') : ''
      if (at === 0) frames.unshift(...first)
      const ends = at + burst >= tokens ? last.map(chunk).join('') + '0\r\n\r\n' : ''
      writes.push(Buffer.from(begins + frames.map(chunk).join('') + ends))
    }
    plan = { writes, silence: option('silence'), delay: option('delay') }
    made.set(key, plan)
  }
  return plan
}
