import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ApiError } from '../errors/api-error.ts'
import { errorBody, errorStatus } from '../errors/error-body.ts'
import { exchangeOf } from '../contract/exchange.ts'
import { dialectOf } from './dialect-of.ts'

/**
 * Answers a request with an error in the shape of the client's dialect, by Node's own methods
 * alone. Does nothing where an answer has already begun. `further` headers give way to the error's own. The answer
 * belongs to one caller, so no shared cache may keep it.
 */
export function sendError(
  req: IncomingMessage,
  res: ServerResponse,
  error: ApiError,
  further: Readonly<Record<string, string>> = {},
): void {
  if (res.headersSent || res.writableEnded || res.destroyed) return
  const exchange = exchangeOf(req)
  const dialect = exchange.dialect ?? dialectOf(req)
  const body = JSON.stringify(errorBody(error, dialect, exchange.requestId))
  // An object: old wrappers of `writeHead` (`on-headers` before 1.1) misread a flat list.
  const head: Record<string, string> = {
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    'cache-control': 'private, no-store',
    vary: varyByKey(res),
    'x-request-id': exchange.requestId,
  }
  if (dialect === 'anthropic') {
    head['request-id'] = exchange.requestId
    // Its clients repeat a refused key eleven times otherwise.
    if (error.status === 401) head['x-should-retry'] = 'false'
  }
  const headers = { ...further, ...error.toHeaders() }
  for (const name in headers) if (isFreeHeader(name)) head[name] = headerText(headers[name]!)
  // The one thing about framing that may be said: what is left of the request is not waited for.
  if (headers['connection'] === 'close') head['connection'] = 'close'
  res.writeHead(errorStatus(error, dialect), head)
  res.end(req.method === 'HEAD' ? undefined : body)
}

/** Returns the `Vary` of a response: what the host says already, and that it depends on the key. */
export function varyByKey(res: ServerResponse): string {
  const before = res.getHeader('vary')
  if (before === undefined) return 'Authorization'
  const text = String(before)
  const names = text.split(',', 64).map((name) => name.trim().toLowerCase())
  return names.includes('authorization') || names.includes('*') ? text : `${text}, Authorization`
}

/**
 * Headers that say how a message is framed: of two truths about that, a proxy may take the other.
 */
const FRAMING = new Set([
  'content-length',
  'transfer-encoding',
  'connection',
  'content-encoding',
  '__proto__',
])

/** Whether a stage may set a header of this name: Node throws on what is no token. */
export function isFreeHeader(name: string): boolean {
  // As stages write them, mostly.
  if (/^[a-z\d-]{1,128}$/.test(name)) return !FRAMING.has(name)
  return (
    name.length <= 128 && /^[\w!#$%&'*+.^`|~-]+$/.test(name) && !FRAMING.has(name.toLowerCase())
  )
}

/**
 * Foreign text as a header value: printable ASCII only, because Node throws on anything that could
 * end the header.
 */
export function headerText(value: unknown): string {
  if (typeof value !== 'string') return headerText(String(value))
  if (value.length > 512) return headerText(value.slice(0, 512))
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at)
    // Nearly every value is fine as it is, and is looked at on every answer.
    if (code < 0x20 || code > 0x7e) return value.replace(/[^\x20-\x7e]/g, ' ')
  }
  return value
}
