/** The protocols in which streams are told. */
export type Dialect = keyof typeof dialects

/** How an answer leaves: its writes one after another, and the waits before the first and between the others, in milliseconds. */
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
const frame = (body: object) => `data: ${JSON.stringify({ ...envelope('chat.completion.chunk'), ...body })}\n\n`
const delta = (delta: object, reason: string | null = null, more: object = {}) =>
  frame({ choices: [{ index: 0, delta, logprobs: null, finish_reason: reason }], ...more })
/** What OpenAI puts into each event of those who ask for usage, as gateways do. */
const unused = { usage: null }
const named = (type: string, rest: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`
const word = (at: number) => ` ~${String(at).padStart(5, '0')}lorem`

const dialects = {
  chat: {
    first: [delta({ role: 'assistant', content: '', refusal: null })],
    token: (at: number) => delta({ content: word(at) }),
    last: [delta({}, 'stop'), frame({ choices: [], usage }), 'data: [DONE]\n\n'],
  },
  'chat-with-usage': {
    first: [delta({ role: 'assistant', content: '', refusal: null }, null, unused)],
    token: (at: number) => delta({ content: word(at) }, null, unused),
    last: [delta({}, 'stop', unused), frame({ choices: [], usage }), 'data: [DONE]\n\n'],
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
    token: (at: number) => named('content_block_delta', { index: 0, delta: { type: 'text_delta', text: word(at) } }),
    last: [
      named('content_block_stop', { index: 0 }),
      named('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 200 } }),
      named('message_stop', {}),
    ],
  },
}

/** The fields that Node sends with every answer; without `keep-alive`, undici gives up an idle connection after 4 s. */
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

const made = new Map<string, Plan>()

/** The stream that a model's name asks for. Each event is an HTTP chunk of its own, as vendors send them; the first tokens go with what comes before them, the last with the end. */
export function streamOf(dialect: Dialect, model: string): Plan {
  const key = `${dialect} ${model}`
  let plan = made.get(key)
  if (plan === undefined) {
    const option = (name: string) => Number(new RegExp(`;${name}=(\\d+)`).exec(model)?.[1] ?? 0)
    const tokens = option('tokens') || 20
    const burst = option('burst') || 1
    const told = dialect === 'chat' && option('usage') > 0 ? 'chat-with-usage' : dialect
    const { first, token, last } = dialects[told]
    const writes: Buffer[] = []
    for (let at = 0; at < tokens; at += burst) {
      const events = Array.from({ length: Math.min(burst, tokens - at) }, (_, more) => token(at + more))
      const begins = at === 0 ? answerHead('text/event-stream', 'transfer-encoding: chunked') : ''
      if (at === 0) events.unshift(...first)
      const ends = at + burst >= tokens ? last.map(chunk).join('') + '0\r\n\r\n' : ''
      writes.push(Buffer.from(begins + events.map(chunk).join('') + ends))
    }
    plan = { writes, silence: option('silence'), delay: option('delay') }
    made.set(key, plan)
  }
  return plan
}
