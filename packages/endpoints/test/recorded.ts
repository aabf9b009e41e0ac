import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Batch, Call, Handler } from '@sluice/core'
import { defineProvider } from '@sluice/providers'
import { openai } from '@sluice/providers/openai'
import { DocumentBatch } from '@sluice/sse-stream/internal'
import { Observable, of } from 'rxjs'
import { endpoints, mount, type EndpointsOptions } from '../src/index.ts'

/** A server on a free port of the loopback; `await using` closes it. */
export interface Listening {
  readonly url: string
  [Symbol.asyncDispose](): Promise<void>
}

/** Listens for requests. */
export async function listen(listener: RequestListener): Promise<Listening> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/**
 * The surface on a bare server, in front of a handler that answers everything with `{}` and keeps
 * what it was asked.
 */
export async function recorded(
  options: EndpointsOptions = {},
): Promise<Listening & { readonly calls: Call[] }> {
  const calls: Call[] = []
  const handler = (call: Call): Observable<Batch> => {
    calls.push(call)
    return of(new DocumentBatch({ value: {} }, call.gate))
  }
  return { ...(await listen(mount('/v1', endpoints(handler as Handler, options)))), calls }
}

/**
 * The surface on a bare server, in front of a provider whose upstream keeps the bytes that it gets.
 */
export async function relayed(): Promise<Listening & { readonly bodies: Buffer[] }> {
  const bodies: Buffer[] = []
  const upstream = await listen((req, res) => {
    const parts: Buffer[] = []
    req.on('data', (part: Buffer) => parts.push(part))
    req.on('end', () => {
      bodies.push(Buffer.concat(parts))
      res.setHeader('content-type', 'application/json').end(ANSWER)
    })
  })
  const { spec } = openai
  // One that leaves params as they are: what a vendor's rules make of them is not the surface's.
  const encode = () => ({ path: '/chat/completions', patch: { set: {}, unset: [] } })
  const provider = defineProvider({ ...spec, chat: { ...spec.chat!, encode } })({
    apiKey: 'sk-x',
    baseURL: upstream.url,
  })
  const surface = await listen(mount('/v1', endpoints(provider)))
  return {
    url: surface.url,
    bodies,
    async [Symbol.asyncDispose]() {
      await surface[Symbol.asyncDispose]()
      await upstream[Symbol.asyncDispose]()
    },
  }
}

const ANSWER = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_700_000_000,
  model: 'gpt',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'ok', refusal: null },
      finish_reason: 'stop',
      logprobs: null,
    },
  ],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
})

/** What an answer says. */
export interface Answer {
  readonly status: number
  readonly type: string | null
  readonly text: string
  readonly error:
    | { message: string; type: string; param: string | null; code: string | null }
    | undefined
}

/** Sends a JSON body as it stands. */
export async function post(
  url: string,
  path: string,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const res = await fetch(`${url}/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: body as NonNullable<RequestInit['body']>,
  })
  const text = await res.text()
  const { error } = JSON.parse(text) as Partial<Answer>
  return { status: res.status, type: res.headers.get('content-type'), text, error }
}
