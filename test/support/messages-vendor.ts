import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request that the vendor got. */
export interface MessagesRequest {
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
  /** Whether the client went before the response was whole. */
  aborted: boolean
}

type Params = Readonly<Record<string, unknown>>

/** What the vendor does instead of answering. */
export type Script = (res: ServerResponse, params: Params) => unknown

const usage = { input_tokens: 25, cache_read_input_tokens: 5, output_tokens: 1 }
const head = { id: 'msg_01Vendor', type: 'message', role: 'assistant' }

/** One named event, as Anthropic frames it, padded as it pads. */
export function event(type: string, fields: object = {}, padding = ''): string {
  const json = JSON.stringify({ type, ...fields })
  return `event: ${type}\ndata: ${json.slice(0, -1)}${padding}}\n\n`
}

/** What the vendor says to params: with tools it calls the first of them. */
export function contentFor(params: Params): readonly Params[] {
  const { tools, messages, thinking } = params as {
    tools?: readonly { name: string }[]
    messages: readonly { content: unknown }[]
    thinking?: { type: string }
  }
  const hasResult = JSON.stringify(messages.at(-1)).includes('tool_result')
  return [
    ...(thinking?.type === 'enabled'
      ? [{ type: 'thinking', thinking: 'Let me see …', signature: 'EqQBvendor+/=' }]
      : []),
    { type: 'text', text: 'Bonjour, “monde” 🌍\n' },
    ...(tools === undefined || hasResult
      ? []
      : [{ type: 'tool_use', id: 'toolu_01/x.9', name: tools[0]!.name, input: { city: 'Paris' } }]),
  ]
}

/** The whole message that the vendor gives. */
export function messageFor(params: Params): Params {
  const content = contentFor(params)
  const stop_reason = content.some(({ type }) => type === 'tool_use') ? 'tool_use' : 'end_turn'
  return {
    ...head,
    model: params['model'],
    content,
    stop_reason,
    stop_sequence: null,
    usage: { ...usage, output_tokens: 12 },
    future_field: { kept: true },
  }
}

/** The bytes of the stream that the vendor gives. */
export function streamFor(params: Params): string {
  const { content, stop_reason } = messageFor(params) as {
    content: readonly Params[]
    stop_reason: string
  }
  const blocks = content.map((block, index) => {
    const grown = (delta: object, padding = '') =>
      event('content_block_delta', { index, delta }, padding)
    const begin = (fields: object) =>
      event('content_block_start', { index, content_block: { ...block, ...fields } }, '   ')
    const stop = event('content_block_stop', { index }, '      ')
    if (block['type'] === 'text') {
      const pieces = Array.from(String(block['text']))
      return `${begin({ text: '' })}${event('ping')}${pieces
        .map((text, at) => grown({ type: 'text_delta', text }, ' '.repeat(at % 7)))
        .join('')}${stop}`
    }
    if (block['type'] === 'thinking')
      return `${begin({ thinking: '', signature: '' })}${grown({ type: 'thinking_delta', thinking: block['thinking'] })}${grown({ type: 'signature_delta', signature: block['signature'] })}${stop}`
    const json = JSON.stringify(block['input'])
    return `${begin({ input: {} })}${['', json.slice(0, 5), json.slice(5)]
      .map((partial_json) => grown({ type: 'input_json_delta', partial_json }))
      .join('')}${stop}`
  })
  const message = {
    ...head,
    model: params['model'],
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage,
  }
  return [
    event('message_start', { message }),
    event('ping'),
    ...blocks,
    event(
      'message_delta',
      { delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 12 } },
      '     ',
    ),
    event('message_stop', {}, '  '),
  ].join('')
}

/** Starts a vendor that speaks Anthropic's Messages API on the loopback interface. */
export async function messagesVendor(script?: Script) {
  const requests: MessagesRequest[] = []
  const server = createServer((req, res) => {
    const parts: Buffer[] = []
    req.on('data', (part: Buffer) => parts.push(part))
    req.on('end', () => {
      const body = Buffer.concat(parts).toString()
      const request = { path: req.url!, headers: req.headers, body, aborted: false }
      requests.push(request)
      res.on('close', () => (request.aborted = !res.writableFinished))
      const params = JSON.parse(body) as Params
      if (script !== undefined) return script(res, params)
      if (req.url!.startsWith('/v1/messages/count_tokens'))
        return res
          .writeHead(200, { 'content-type': 'application/json' })
          .end('{"input_tokens":2095,"context_management":{"original_input_tokens":3000}}')
      if (params['stream'] === true)
        return res
          .writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
          .end(streamFor(params))
      return res
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify(messageFor(params)))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
