import { setTimeout } from 'node:timers/promises'
import type { Fault } from '@sluice/conformance'
import { ask, type Answer } from '../support/ask.ts'
import { rawClient } from '../support/raw-client.ts'

/** Where and as whom the load is sent. */
export interface LoadTarget {
  readonly port: number
  readonly key: string
  /** How long a reader that takes nothing stays. */
  readonly slowReaderMs: number
}

/** One kind of request, its share in per cent, and whether its outcome was the right one. */
interface Kind {
  readonly name: string
  readonly share: number
  readonly run: (target: LoadTarget) => Promise<boolean>
}

const WHOLE = 'Hello from a vendor 🌍.'
const messages = [{ role: 'user', content: 'Say hello' }]

/** More than a client and all kernel buffers take, for readers that take nothing. */
export const flood: Fault = () => [
  { do: 'send', bytes: 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n' },
  {
    do: 'send',
    bytes: `data: {"choices":[{"index":0,"delta":{"content":"${'x'.repeat(8000)}"}}]}\n\n`,
    times: 8000,
  },
]

function chat(
  { port, key }: LoadTarget,
  model: string,
  stream: boolean,
  more: { signal?: AbortSignal; onData?: () => void } = {},
) {
  return ask(`http://127.0.0.1:${port}/v1/chat/completions`, {
    headers: { authorization: `Bearer ${key}` },
    body: { model, messages, stream },
    ...more,
  })
}

const whole = (answer: Answer) =>
  answer.status === 200 && answer.said === WHOLE && answer.isWhole && answer.error === undefined
const ended = (answer: Answer) => answer.events.at(-1) === '[DONE]'
const broken = (answer: Answer) =>
  answer.error?.code === 'stream_incomplete' && !answer.text.includes('[DONE]') && answer.isWhole

const streamOf = (model: string) => async (target: LoadTarget) => {
  const answer = await chat(target, model, true)
  return whole(answer) && ended(answer)
}

/** What is sent: 70 % whole streams, 1 % each of what goes wrong, and whole answers. */
export const kinds: readonly Kind[] = [
  { name: 'stream, slow', share: 50, run: streamOf('fault:slow') },
  { name: 'stream, at once', share: 20, run: streamOf('fault:all-at-once') },
  {
    name: 'whole answer',
    share: 24,
    run: async (target) => whole(await chat(target, 'fault:ok', false)),
  },
  {
    name: 'reset',
    share: 1,
    run: async (target) => broken(await chat(target, 'fault:reset-mid-answer', true)),
  },
  {
    name: 'truncated',
    share: 1,
    run: async (target) => broken(await chat(target, 'fault:end-mid-stream', true)),
  },
  {
    name: '429',
    share: 1,
    run: async (target) => (await chat(target, 'fault:rate-limited', true)).status === 429,
  },
  {
    name: '500',
    share: 1,
    run: async (target) => (await chat(target, 'fault:status-500', false)).status === 500,
  },
  { name: 'abort', share: 1, run: abort },
  { name: 'slow reader', share: 1, run: readNothing },
]

async function abort(target: LoadTarget): Promise<boolean> {
  const controller = new AbortController()
  const onData = () => controller.abort()
  const answer = await chat(target, 'fault:slow', true, {
    signal: controller.signal,
    onData,
  }).catch(() => undefined)
  return answer === undefined || !answer.isWhole
}

async function readNothing({ port, key, slowReaderMs }: LoadTarget): Promise<boolean> {
  using client = rawClient(port)
  client.socket.pause()
  const body = JSON.stringify({ model: 'fault:flood', messages, stream: true })
  client.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer ${key}\r\n` +
      `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  )
  await setTimeout(slowReaderMs)
  return client.received === ''
}
