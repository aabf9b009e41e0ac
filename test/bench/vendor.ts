/**
 * A fake vendor: OpenAI's chat, streams and embeddings, and Anthropic's messages, as bytes that are made once. The model's name says what to answer:
 * `bench;tokens=200;burst=20;delay=0` is 200 tokens, 20 to a write, with no wait between writes. `--port N`
 */
import { createServer, type ServerResponse } from 'node:http'
import { argument } from './arguments.ts'

interface Shape {
  readonly tokens: number
  readonly burst: number
  readonly delay: number
  readonly silence: number
}

const CREATED = 1_700_000_000
const head = {
  id: 'chatcmpl-benchmark00000000000000000',
  created: CREATED,
  model: 'bench-model',
  system_fingerprint: 'fp_bench',
}
const usage = { prompt_tokens: 19, completion_tokens: 200, total_tokens: 219 }
const frame = (delta: object, reason: string | null = null) =>
  `data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices: [{ index: 0, delta, logprobs: null, finish_reason: reason }] })}\n\n`
const named = (type: string, rest: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`
const word = (at: number) => ` ~${String(at).padStart(5, '0')}lorem`

const completion = Buffer.from(
  JSON.stringify({
    ...head,
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: `~${'lorem ipsum '.repeat(50)}`, refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage,
  }),
)
const vector = Array.from({ length: 1536 }, (_, at) => Number(Math.sin(at / 7).toFixed(8)))
const embedding = Buffer.from(
  JSON.stringify({
    object: 'list',
    data: [{ object: 'embedding', index: 0, embedding: vector }],
    model: 'bench-model',
    usage: { prompt_tokens: 2, total_tokens: 2 },
  }),
)

const dialects = {
  chat: {
    first: frame({ role: 'assistant', content: '', refusal: null }),
    token: (at: number) => frame({ content: word(at) }),
    last:
      frame({}, 'stop') +
      `data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices: [], usage })}\n\ndata: [DONE]\n\n`,
  },
  messages: {
    first:
      named('message_start', {
        message: {
          id: 'msg_bench',
          type: 'message',
          role: 'assistant',
          model: 'bench-claude',
          content: [],
          usage: { input_tokens: 19, output_tokens: 1 },
        },
      }) + named('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    token: (at: number) => named('content_block_delta', { index: 0, delta: { type: 'text_delta', text: word(at) } }),
    last:
      named('content_block_stop', { index: 0 }) +
      named('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 200 } }) +
      named('message_stop', {}),
  },
}

const made = new Map<string, readonly (readonly Buffer[])[]>()

/** The writes of a streamed answer, each token an HTTP chunk of its own as vendors send them; the first goes with the role, the last with the end. */
function writesOf(kind: keyof typeof dialects, shape: Shape): readonly (readonly Buffer[])[] {
  const key = `${kind} ${shape.tokens} ${shape.burst}`
  let writes = made.get(key)
  if (writes === undefined) {
    const { first, token, last } = dialects[kind]
    const parts: Buffer[][] = []
    for (let at = 0; at < shape.tokens; at += shape.burst) {
      parts.push(
        Array.from({ length: Math.min(shape.burst, shape.tokens - at) }, (_, more) => Buffer.from(token(at + more))),
      )
    }
    parts[0]!.unshift(Buffer.from(first))
    parts.at(-1)!.push(Buffer.from(last))
    made.set(key, (writes = parts))
  }
  return writes
}

/** When clients went away in the middle, by the id that they put into their prompt. */
const departures: Record<string, number> = {}

function stream(res: ServerResponse, kind: keyof typeof dialects, shape: Shape, id: string | undefined): void {
  const writes = writesOf(kind, shape)
  let at = 0
  let timer: NodeJS.Timeout | undefined
  res.on('close', () => {
    clearTimeout(timer)
    if (!res.writableFinished && id !== undefined) departures[id] = performance.timeOrigin + performance.now()
  })
  const step = () => {
    if (res.destroyed) return
    if (at === 0) res.writeHead(200, { 'content-type': 'text/event-stream' })
    let more = true
    res.cork()
    for (const chunk of writes[at++]!) more = res.write(chunk)
    res.uncork()
    if (at === writes.length) return void res.end()
    if (shape.delay > 0) timer = setTimeout(step, shape.delay)
    else if (more) setImmediate(step)
    else res.once('drain', step)
  }
  if (shape.silence > 0) timer = setTimeout(step, shape.silence)
  else step()
}

const server = createServer((req, res) => {
  if (req.url === '/departures') return void res.end(JSON.stringify(departures))
  const parts: Buffer[] = []
  req.on('data', (part: Buffer) => parts.push(part))
  req.on('end', () => {
    if (req.url!.endsWith('/embeddings'))
      return void res.writeHead(200, { 'content-type': 'application/json' }).end(embedding)
    // A long prompt is looked at only where its ends are, so that it costs the vendor nothing.
    const body = Buffer.concat(parts)
    const text =
      body.length > 8192
        ? body.toString('latin1', 0, 2048) + body.toString('latin1', body.length - 2048)
        : body.toString('latin1')
    if (!/"stream"\s*:\s*true/.test(text))
      return void res.writeHead(200, { 'content-type': 'application/json' }).end(completion)
    const value = (name: string) => Number(new RegExp(`;${name}=(\\d+)`).exec(text)?.[1] ?? 0)
    const shape = {
      tokens: value('tokens') || 20,
      burst: value('burst') || 1,
      delay: value('delay'),
      silence: value('silence'),
    }
    stream(res, req.url!.endsWith('/messages') ? 'messages' : 'chat', shape, /#id:(\w+)#/.exec(text)?.[1])
  })
})
server.keepAliveTimeout = 65_000
server.listen({ port: Number(argument('port')), host: '127.0.0.1', backlog: 4096 })
