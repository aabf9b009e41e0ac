import type { IncomingMessage } from 'node:http'
import { ApiError, systemClock, type Clock, type Timer } from '@sluice/core'
import { decodeBody } from './decode-body.ts'
import { tooLarge } from './too-large.ts'

/** How much of a body is taken, and how long it may take to come. */
export interface ReadBodyOptions {
  /** After decompression. */
  readonly maxBodyBytes: number
  readonly bodyTimeoutMs: number
  readonly clock?: Clock | undefined
}

/** A body as the host left it: bytes still to be parsed, or a value that it parsed already. */
export type Body = { readonly bytes: Buffer } | { readonly value: unknown }

type Done = (error: ApiError | undefined, body?: Body) => void

/**
 * Takes the body of a request however the host left it: unread, as Buffer or text, or parsed. A
 * body that something else has consumed without leaving it on `req.body` is refused at once. Calls
 * back exactly once, never after the client has gone.
 */
export function readBody(req: IncomingMessage, options: ReadBodyOptions, done: Done): void {
  const parsed = (req as IncomingMessage & { body?: unknown }).body
  if (parsed !== undefined && (req.readableDidRead || req.readableEnded || isFilled(parsed))) {
    const body = bodyOf(parsed)
    if ('bytes' in body && body.bytes.length > options.maxBodyBytes)
      return done(tooLarge(options.maxBodyBytes))
    return done(undefined, body)
  }
  if (req.readableDidRead || req.readableEnded || req.destroyed) {
    const message =
      'The request body was consumed before it reached this route. Mount the parser so that it leaves req.body, or mount this before it.'
    done(new ApiError('body_already_consumed', { message }))
    return
  }
  collect(req, options, done)
}

/** Body parsers of the Express 4 line put `{}` on requests that they do not read. */
function isFilled(body: unknown): boolean {
  return (
    typeof body !== 'object' ||
    body === null ||
    body instanceof Uint8Array ||
    Object.keys(body).length > 0
  )
}

function bodyOf(parsed: unknown): Body {
  if (Buffer.isBuffer(parsed)) return { bytes: parsed }
  if (parsed instanceof Uint8Array)
    return { bytes: Buffer.from(parsed.buffer, parsed.byteOffset, parsed.byteLength) }
  if (typeof parsed === 'string') return { bytes: Buffer.from(parsed) }
  return { value: parsed }
}

function collect(req: IncomingMessage, options: ReadBodyOptions, done: Done): void {
  if (Number(req.headers['content-length'] ?? 0) <= options.maxBodyBytes) {
    new BodyCollector(req, options, done).start()
    return
  }
  req.resume()
  done(tooLarge(options.maxBodyBytes))
}

/**
 * To put a longer body together takes a millisecond per MiB; parsing it waits for the next turn, so
 * that others come between.
 */
export const LONG_BODY_BYTES = 1024 * 1024

/**
 * Reads one body. Made by `new`, and gone from the request once it is read: see `Stage` of core.
 */
class BodyCollector {
  readonly #req: IncomingMessage
  readonly #maxBodyBytes: number
  readonly #clock: Clock
  readonly #timer: Timer
  #done: Done | undefined
  #first: Buffer | undefined
  #further: Buffer[] | undefined
  #length = 0

  constructor(
    req: IncomingMessage,
    { maxBodyBytes, bodyTimeoutMs, clock = systemClock }: ReadBodyOptions,
    done: Done,
  ) {
    this.#req = req
    this.#maxBodyBytes = maxBodyBytes
    this.#clock = clock
    this.#done = done
    this.#timer = clock.setTimeout(this.#onTimeout, bodyTimeoutMs)
  }

  start(): void {
    this.#req.on('data', this.#onData)
    this.#req.on('end', this.#onEnd)
    this.#req.on('close', this.#onClose)
    // What breaks off closes as well; an error that nobody hears would end the process.
    this.#req.on('error', ignore)
  }

  readonly #onData = (part: Buffer): void => {
    this.#length += part.length
    if (this.#length > this.#maxBodyBytes) this.#finish(tooLarge(this.#maxBodyBytes))
    else if (this.#first === undefined) this.#first = part
    else (this.#further ??= []).push(part)
  }

  readonly #onEnd = (): void => {
    const first = this.#first ?? Buffer.alloc(0)
    const bytes =
      this.#further === undefined ? first : Buffer.concat([first, ...this.#further], this.#length)
    const encoding = this.#req.headers['content-encoding']
    if (encoding === undefined && bytes.length < LONG_BODY_BYTES) this.#finish(undefined, { bytes })
    else if (encoding === undefined) setImmediate(() => this.#finish(undefined, { bytes }))
    else {
      decodeBody(bytes, encoding, this.#maxBodyBytes, (error, plain) =>
        this.#finish(error, plain === undefined ? undefined : { bytes: plain }),
      )
    }
  }

  readonly #onClose = (): void => {
    if (this.#req.complete) return
    this.#finish(
      new ApiError('client_closed_request', { message: 'The client closed the request.' }),
    )
  }

  readonly #onTimeout = (): void => this.#finish(tooSlow())

  #finish(error: ApiError | undefined, body?: Body): void {
    const done = this.#done
    if (done === undefined) return
    this.#done = undefined
    this.#first = undefined
    this.#further = undefined
    this.#clock.clearTimeout(this.#timer)
    const req = this.#req
    req.off('data', this.#onData)
    req.off('end', this.#onEnd)
    req.off('close', this.#onClose)
    // After a failure the rest flows away, so that the connection can go on.
    if (error !== undefined) req.resume()
    done(error, body)
  }
}

function ignore(): void {}

function tooSlow(): ApiError {
  return new ApiError('request_timeout', {
    message: 'The request body did not arrive in time.',
    headers: { connection: 'close' },
  })
}
