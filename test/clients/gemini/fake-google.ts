import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { listen } from '../../support/hosts.ts'

interface Asked {
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly text: string
  readonly body: {
    readonly contents?: readonly { readonly parts: readonly Record<string, unknown>[] }[]
    readonly tools?: unknown
    readonly requests?: readonly unknown[]
  }
}

/** Signs the call that it makes, and refuses a conversation in which it comes back unsigned. */
export const SIGNATURE = 'c2lnbmF0dXJlIG9mIHRoZSBmYWtl'

const usage = { promptTokenCount: 7, candidatesTokenCount: 4, totalTokenCount: 11 }
const frame = (parts: readonly unknown[], more: object = {}) => ({
  candidates: [{ content: { parts, role: 'model' }, index: 0, ...more }],
  usageMetadata: usage,
  modelVersion: 'gemini-2.5-flash',
  responseId: 'fake',
})

/** Google's API as far as the tests ask it, with its line ends and its way to write JSON. */
export async function fakeGoogle() {
  const requests: Asked[] = []
  const server = createServer((req, res) => {
    let text = ''
    req.on('data', (part: Buffer) => (text += part.toString()))
    req.on('end', () => {
      const asked = {
        url: req.url!,
        headers: req.headers,
        text,
        body: JSON.parse(text) as Asked['body'],
      }
      requests.push(asked)
      answer(asked, res)
    })
  })
  const running = await listen(server.listeners('request')[0] as never)
  return { ...running, requests }
}

function answer({ url, body }: Asked, res: ServerResponse): void {
  if (url.includes(':countTokens'))
    return send(res, 200, { totalTokens: 31, promptTokensDetails: [] })
  if (url.includes(':batchEmbedContents'))
    return send(res, 200, { embeddings: body.requests!.map(() => ({ values: [0.5, -0.25] })) })
  const parts = body.contents!.flatMap((content) => content.parts)
  const last = parts.at(-1)!
  const said = typeof last['text'] === 'string' ? last['text'] : ''
  if (said.includes('limit')) {
    const error = { code: 429, message: 'slow down', status: 'RESOURCE_EXHAUSTED', details: [] }
    return send(res, 429, { error })
  }
  const isUnsigned = parts.some(
    (part) => 'functionCall' in part && part['thoughtSignature'] !== SIGNATURE,
  )
  if (isUnsigned) {
    const error = { code: 400, message: 'unsigned', status: 'INVALID_ARGUMENT' }
    return send(res, 400, { error })
  }
  const call = {
    functionCall: { name: 'get_weather', args: { city: 'Paris' } },
    thoughtSignature: SIGNATURE,
  }
  const frames =
    'functionResponse' in last
      ? [frame([{ text: 'It is ' }]), frame([{ text: 'sunny.' }], { finishReason: 'STOP' })]
      : said.includes('weather')
        ? [frame([call], { finishReason: 'STOP' })]
        : [frame([{ text: 'Hi there, ' }]), frame([{ text: '你好 😀!' }], { finishReason: 'STOP' })]
  if (!url.includes(':stream')) {
    const all = frames.flatMap(({ candidates }) => candidates[0]!.content.parts)
    const texts = all.map((part) => (part as { text?: string }).text)
    const whole = texts.every((text) => text !== undefined) ? [{ text: texts.join('') }] : all
    return send(res, 200, frame(whole, { finishReason: 'STOP' }))
  }
  res.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const one of frames) res.write(`data: ${JSON.stringify(one)}\r\n\r\n`)
  res.end()
}

function send(res: ServerResponse, status: number, body: unknown): void {
  res.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' })
  res.end(JSON.stringify(body, undefined, 2))
}
