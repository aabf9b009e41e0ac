import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { Worker } from 'node:worker_threads'
import type { Handler } from '@sluice/core'
import { endpoints, mount } from '@sluice/endpoints'
import { openaiCompatible } from '@sluice/providers'
import { anthropic } from '@sluice/providers/anthropic'
import { demo } from '@sluice/demo'
import { gemini } from '@sluice/providers/gemini'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Errand } from '../support/client-thread.ts'
import { turnWatch } from '../support/turn-watch.ts'

/** The most that an input may block the event loop. */
const MS_PER_MIB = 10
/** Reading any request and answering it, on a busy machine. */
const BASE_MS = 20
/**
 * What the 50,000 values cost that a body may have at most, however short: half of it goes into
 * `JSON.parse`.
 */
const STRUCTURE_MS = 40
const MIB = 1024 * 1024
const TURNS = 4

let client: Worker
let vendorURL: string
const servers: Server[] = []

beforeAll(async () => {
  client = new Worker(new URL('../support/client-thread.ts', import.meta.url))
  const [port] = (await once(client, 'message')) as [number]
  vendorURL = `http://127.0.0.1:${port}`
})
afterAll(async () => {
  for (const server of servers) server.close()
  await client.terminate()
})

async function portOf(handler: Handler): Promise<number> {
  const server = createServer({ maxHeaderSize: MIB }, mount('/v1', endpoints(handler)))
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

interface Input {
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** Hardly anything but members and items. */
  readonly isDense?: true
}

/**
 * The status, and how long this thread computed at once, the best of some turns: noise only adds.
 */
async function blocked(
  port: number,
  { path = '/chat/completions', headers = {}, body }: Input,
  limitMs: number,
) {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  const type =
    bytes === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': String(bytes.length) }
  let best = Infinity
  let status = 0
  for (let turn = 0; turn < TURNS && best > limitMs; turn++) {
    const watch = turnWatch()
    client.postMessage({
      port,
      path: `/v1${path}`,
      headers: { ...type, ...headers },
      body: bytes,
    } satisfies Errand)
    ;[status] = (await once(client, 'message')) as [number]
    best = Math.min(best, watch.stop())
  }
  return { status, best }
}

const model = 'claude-opus-4-1'
const hi = [{ role: 'user', content: 'hi' }]
const chat = (fields: object) => JSON.stringify({ model, max_tokens: 10, messages: hi, ...fields })
const saying = (content: unknown) => chat({ messages: [{ role: 'user', content }] })
const picture = (url: string) => saying([{ type: 'image_url', image_url: { url } }])
const many = <T>(count: number, one: (at: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => one(at))
const tool = (at: number, more: object = {}) => ({
  type: 'function',
  function: {
    name: `tool_${at}`,
    description: 'Does it.',
    parameters: { type: 'object', properties: {}, ...more },
  },
})
const multipart = (parts: readonly string[]) => ({
  path: '/audio/transcriptions',
  headers: { 'content-type': 'multipart/form-data; boundary=b' },
  body: parts.map((part) => `--b\r\n${part}\r\n`).join('') + '--b--\r\n',
})
const field = (name: string, value: string) =>
  `content-disposition: form-data; name="${name}"\r\n\r\n${value}`

const INPUTS: Readonly<Record<string, () => Input>> = {
  'one long text': () => ({ body: saying('a'.repeat(4 * MIB)) }),
  'strings of 8 KiB': () => ({ body: chat({ x: many(512, () => 'a'.repeat(8192)) }) }),
  'strings of 8 KiB and an escape at the end': () => ({
    body: chat({ x: many(512, () => 'a'.repeat(8192)), y: '\n' }),
  }),
  'many small strings': () => ({
    isDense: true,
    body: chat({ x: many(49_000, (at) => `text ${at}`) }),
  }),
  'many numbers': () => ({ isDense: true, body: chat({ x: many(290_000, (at) => at) }) }),
  'many members': () => ({
    isDense: true,
    body: chat({ x: many(40, (a) => Object.fromEntries(many(1000, (b) => [`k${a}_${b}`, b]))) }),
  }),
  'escaped quotes': () => ({ body: saying('"'.repeat(MIB)) }),
  backslashes: () => ({ body: saying('\\'.repeat(MIB)) }),
  'escaped control characters': () => ({ body: saying('\u0001'.repeat(MIB / 4)) }),
  'Chinese words': () => ({ body: saying('你好世界'.repeat(MIB / 6)) }),
  emoji: () => ({ body: saying('👩‍🚀'.repeat(MIB / 8)) }),
  'line ends': () => ({ body: saying('\n'.repeat(MIB)) }),
  'blanks in the text': () => ({ body: saying(' '.repeat(2 * MIB)) }),
  'blanks around the JSON': () => ({ body: `{${' '.repeat(2 * MIB)}${chat({}).slice(1)}` }),
  'too deep': () => ({ body: `{"x":${'['.repeat(MIB)}` }),
  '4,000 messages': () => ({
    isDense: true,
    body: chat({
      messages: many(4000, (at) => ({ role: at % 2 ? 'assistant' : 'user', content: 'Say it.' })),
    }),
  }),
  '10,000 messages': () => ({
    isDense: true,
    body: chat({
      messages: many(10_000, (at) => ({ role: at % 2 ? 'assistant' : 'user', content: 'Say it.' })),
    }),
  }),
  '128 tools of many properties': () => ({
    isDense: true,
    body: chat({
      tools: many(128, (at) =>
        tool(at, {
          properties: Object.fromEntries(
            many(60, (n) => [`p${n}`, { type: 'string', description: 'A word.' }]),
          ),
        }),
      ),
    }),
  }),
  'a picture': () => ({ body: picture(`data:image/png;base64,${'A'.repeat(4 * MIB)}`) }),
  'a picture without an end of its head': () => ({ body: picture(`data:${';'.repeat(MIB)}`) }),
  'an address of many dots': () => ({ body: picture(`https://x/${'.a?'.repeat(MIB / 3)}\n`) }),
  'words of a schema': () => ({ body: saying('city named in with to '.repeat(MIB / 22)) }),
  'a long name of a model': () => ({ body: chat({ model: 'a/..'.repeat(MIB / 4) }) }),
  'a query': () => ({ path: `/models?${'a=%41&'.repeat(40_000)}` }),
  'a path': () => ({ path: `/models/${'%2e%2e/'.repeat(30_000)}` }),
  'a header of many values': () => ({
    path: '/models',
    headers: { 'cache-control': 'a="b", '.repeat(20_000) },
  }),
  'a media type of many blanks': () => ({
    body: chat({}),
    headers: { 'content-type': `application/json${' '.repeat(100_000)}x` },
  }),
  'an encoding of many commas': () => ({
    body: chat({}),
    headers: { 'content-encoding': 'gzip, '.repeat(20_000) },
  }),
  'a form of long fields': () => multipart(many(20, (at) => field(`f${at}`, 'x'.repeat(200_000)))),
  'a form of many parts': () => multipart(many(20_000, (at) => field(`f${at}`, 'x'))),
  'a form whose heads are long': () =>
    multipart(many(20, () => `content-disposition: form-data${';x="\\"'.repeat(2000)}\r\n\r\nx`)),
  'a form of line ends': () => multipart([field('model', '\r\n--'.repeat(200_000))]),
}

describe.each<[string, () => Handler]>([
  ['the demo', () => demo({ tokensPerSecond: 1_000_000 })],
  ['an OpenAI-alike', () => openaiCompatible({ id: 'alike', baseURL: vendorURL, apiKey: 'k' })],
  ['Anthropic', () => anthropic({ apiKey: 'k', baseURL: vendorURL })],
  ['Gemini', () => gemini({ apiKey: 'k', baseURL: vendorURL })],
])('in front of %s', (_name, handler) => {
  let port: number
  beforeAll(async () => {
    port = await portOf(handler())
    await blocked(port, { body: chat({}) }, 0)
  })

  it.each(Object.entries(INPUTS))(
    `blocks the event loop for at most ${MS_PER_MIB} ms per MiB: %s`,
    async (_input, make) => {
      const input = make()
      const size = (input.body?.length ?? 0) + (input.path?.length ?? 0)
      const limitMs = (input.isDense === true ? STRUCTURE_MS : BASE_MS) + (MS_PER_MIB * size) / MIB
      const { status, best } = await blocked(port, input, limitMs)
      expect([
        status >= 200 && status < 500,
        best < limitMs ? 'in time' : `${Math.round(best)} of ${Math.round(limitMs)} ms`,
      ]).toEqual([true, 'in time'])
    },
  )
})
