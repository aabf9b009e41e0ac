import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { checkOptions, option } from '@sluice/core'
import type { ChatCompletionCreateParams, EmbeddingCreateParams } from '@sluice/core/wire'
import { fakeEmbedding } from './fake-embedding.ts'
import { fakeCompletion, fakeDeltas, type FakeReply } from './fake-reply.ts'
import { listenOnLoopback, type RunningVendor } from './listen-on-loopback.ts'

/** What a fake vendor says and how fast. */
export interface FakeVendorOptions {
  /** What the model says. @defaultValue repeats the last message */
  readonly reply?: ((params: ChatCompletionCreateParams) => string | FakeReply) | undefined
  /** Silence before the first word. @defaultValue 0 */
  readonly firstTokenMs?: number | undefined
  /** Silence between two words. @defaultValue 0 */
  readonly tokenMs?: number | undefined
  /** The key that it asks for; absent: any or none. */
  readonly apiKey?: string | undefined
  /** What it lists. @defaultValue `fake-1` */
  readonly models?: readonly string[] | undefined
}

/** A request that a fake vendor got. */
export interface FakeVendorRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: unknown
  /** The client went before the answer was whole. */
  readonly aborted: boolean
}

/** A vendor that behaves, in OpenAI's form. Its base URL is `<url>/v1`. */
export interface FakeVendor extends RunningVendor {
  readonly requests: readonly FakeVendorRequest[]
}

const RULES = {
  reply: option.function,
  firstTokenMs: option.count,
  tokenMs: option.count,
  apiKey: option.string,
  models: option.object,
}

/**
 * Starts a vendor that answers chat completions (streamed and whole), embeddings and models at a
 * pace of your choice. Its answers depend on nothing but the request, so tests can tell them
 * beforehand.
 *
 * @throws ConfigError `ERR_CONFORMANCE_OPTIONS`
 */
export async function fakeVendor(options: FakeVendorOptions = {}): Promise<FakeVendor> {
  checkOptions('fakeVendor', 'ERR_CONFORMANCE_OPTIONS', options, RULES)
  const requests: FakeVendorRequest[] = []
  const server = createServer((req, res) => {
    void serve(req, res, options, requests).catch((error: unknown) => res.destroy(error as Error))
  })
  const running = await listenOnLoopback(server)
  return { ...running, requests }
}

async function serve(
  req: IncomingMessage,
  res: ServerResponse,
  options: FakeVendorOptions,
  requests: FakeVendorRequest[],
): Promise<void> {
  const parts: Buffer[] = []
  for await (const part of req) parts.push(part as Buffer)
  const path = req.url ?? ''
  const body: unknown = parts.length === 0 ? undefined : JSON.parse(Buffer.concat(parts).toString())
  const request = { method: req.method ?? '', path, headers: req.headers, body, aborted: false }
  const sequence = requests.push(request)
  const gone = new AbortController()
  res.once('close', () => {
    request.aborted = !res.writableFinished
    gone.abort()
  })
  const pause = async (ms: number | undefined) => {
    if (ms !== undefined && ms > 0)
      await setTimeout(ms, undefined, { signal: gone.signal }).catch(() => {})
    return !gone.signal.aborted
  }
  if (options.apiKey !== undefined && req.headers.authorization !== `Bearer ${options.apiKey}`) {
    return refuse(res, 401, 'Incorrect API key provided.', 'invalid_api_key')
  }
  if (path.endsWith('/chat/completions'))
    return chat(res, body as ChatCompletionCreateParams, options, sequence, pause)
  if (path.endsWith('/embeddings')) return embeddings(res, body as EmbeddingCreateParams)
  if (path.endsWith('/models'))
    return send(res, 200, { object: 'list', data: (options.models ?? ['fake-1']).map(model) })
  refuse(res, 404, `There is nothing at ${path}.`, 'not_found')
}

async function chat(
  res: ServerResponse,
  params: ChatCompletionCreateParams,
  options: FakeVendorOptions,
  sequence: number,
  pause: (ms: number | undefined) => Promise<boolean>,
): Promise<void> {
  const said = options.reply?.(params) ?? `You said: ${lastText(params)}`
  const completion = fakeCompletion(
    params,
    typeof said === 'string' ? { content: said } : said,
    sequence,
  )
  if (!(await pause(options.firstTokenMs))) return
  if (params.stream !== true) return send(res, 200, completion)
  const { usage, choices: _choices, ...rest } = completion
  const envelope = { ...rest, object: 'chat.completion.chunk' }
  res.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const choice of fakeDeltas(completion)) {
    res.write(
      `data: ${JSON.stringify({ ...envelope, choices: [{ ...choice, logprobs: null }] })}\n\n`,
    )
    if (!(await pause(options.tokenMs))) return
  }
  if (params.stream_options?.include_usage === true)
    res.write(`data: ${JSON.stringify({ ...envelope, choices: [], usage })}\n\n`)
  res.end('data: [DONE]\n\n')
}

function embeddings(res: ServerResponse, params: EmbeddingCreateParams): void {
  const inputs =
    Array.isArray(params.input) && typeof params.input[0] !== 'number'
      ? params.input
      : [params.input]
  const data = inputs.map((input: unknown, index) => {
    const vector = fakeEmbedding(JSON.stringify(input), params.dimensions ?? 8)
    const bytes = Buffer.from(Float32Array.from(vector).buffer)
    return {
      object: 'embedding',
      index,
      embedding: params.encoding_format === 'base64' ? bytes.toString('base64') : vector,
    }
  })
  const tokens = JSON.stringify(inputs).length
  send(res, 200, {
    object: 'list',
    data,
    model: params.model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  })
}

function lastText(params: ChatCompletionCreateParams): string {
  const content = params.messages.at(-1)?.content ?? ''
  return typeof content === 'string'
    ? content
    : content.map((part) => (part.type === 'text' ? part.text : '')).join('')
}

function model(id: string): object {
  return { id, object: 'model', created: 1_700_000_000, owned_by: 'fake' }
}

function refuse(res: ServerResponse, status: number, message: string, code: string): void {
  send(res, status, { error: { message, type: 'invalid_request_error', param: null, code } })
}

function send(res: ServerResponse, status: number, body: unknown): void {
  res.writeHead(status, { 'content-type': 'application/json' })
  res.end(JSON.stringify(body))
}
