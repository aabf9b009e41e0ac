import type { IncomingMessage } from 'node:http'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'
import { ApiError, systemClock, type Clock, type Timer } from '@sluice/core'

/** How much of a body is taken, and how long it may take to come. */
export interface ReadBodyOptions {
  /** After decompression. */
  readonly maxBodyBytes: number
  readonly bodyTimeoutMs: number
  readonly clock?: Clock | undefined
}

/** A body as the host left it: bytes still to be parsed, or a value that it parsed already. */
export type Body = { readonly bytes: Buffer } | { readonly value: unknown }

const settled = Promise.resolve()

type Done = (error: ApiError | undefined, body?: Body) => void

type Decompress = (
  bytes: Buffer,
  options: { maxOutputLength: number },
  done: (error: Error | null, plain: Buffer) => void,
) => void

const DECOMPRESS: Readonly<Record<string, Decompress>> = {
  gzip: gunzip,
  'x-gzip': gunzip,
  deflate: inflate,
  br: brotliDecompress,
}

/**
 * Takes the body of a request however the host left it: unread, as Buffer or text, or parsed. A body that something else has consumed without
 * leaving it on `req.body` is refused at once. Calls back exactly once, never after the client has gone.
 */
export function readBody(req: IncomingMessage, options: ReadBodyOptions, done: Done): void {
  const parsed = (req as IncomingMessage & { body?: unknown }).body
  if (parsed !== undefined && (req.readableDidRead || req.readableEnded || isFilled(parsed))) {
    done(undefined, bodyOf(parsed))
    return
  }
  if (req.readableDidRead || req.readableEnded || req.destroyed) {
    const message =
      'The request body was consumed before it reached this route. Mount the parser so that it leaves req.body, or mount this before it.'
    done(new ApiError('body_already_consumed', { message }))
    return
  }
  new BodyReader(req, options, done).start()
}

/** Body parsers of the Express 4 line put `{}` on requests that they do not read. */
function isFilled(body: unknown): boolean {
  return typeof body !== 'object' || body === null || Buffer.isBuffer(body) || Object.keys(body).length > 0
}

function bodyOf(parsed: unknown): Body {
  if (Buffer.isBuffer(parsed)) return { bytes: parsed }
  if (typeof parsed === 'string') return { bytes: Buffer.from(parsed) }
  return { value: parsed }
}

/** Collects a body that is still to come. */
class BodyReader {
  readonly #req: IncomingMessage
  readonly #maxBodyBytes: number
  readonly #timeoutMs: number
  readonly #clock: Clock
  readonly #done: Done
  readonly #parts: Buffer[] = []
  #length = 0
  #timer: Timer
  #isOver = false

  constructor(req: IncomingMessage, { maxBodyBytes, bodyTimeoutMs, clock }: ReadBodyOptions, done: Done) {
    this.#req = req
    this.#maxBodyBytes = maxBodyBytes
    this.#timeoutMs = bodyTimeoutMs
    this.#clock = clock ?? systemClock
    this.#done = done
  }

  start(): void {
    const req = this.#req
    const announced = req.headers['content-length']
    if (announced !== undefined && Number(announced) > this.#maxBodyBytes) {
      this.#finish(tooLarge(this.#maxBodyBytes))
      return
    }
    req.on('data', this.#onData)
    req.on('end', this.#onEnd)
    req.on('error', this.#onError)
    req.on('close', this.#onClose)
    // Most bodies come with their head and are read before this is called back; they do not need a timer.
    void settled.then(this.#watch)
  }

  readonly #watch = (): void => {
    if (this.#isOver) return
    this.#timer = this.#clock.setTimeout(() => this.#finish(tooSlow()), this.#timeoutMs)
  }

  readonly #onData = (part: Buffer): void => {
    this.#length += part.length
    if (this.#length > this.#maxBodyBytes) this.#finish(tooLarge(this.#maxBodyBytes))
    else this.#parts.push(part)
  }

  readonly #onEnd = (): void => {
    const parts = this.#parts
    const bytes = parts.length === 1 ? parts[0]! : Buffer.concat(parts, this.#length)
    const encoding = this.#req.headers['content-encoding']
    if (encoding === undefined) this.#finish(undefined, { bytes })
    else decode(bytes, encoding.trim().toLowerCase(), this.#maxBodyBytes, (error, body) => this.#finish(error, body))
  }

  /** A broken upload has no client left to answer, or one that gets Node's own 400. */
  readonly #onError = (): void => {
    this.#finish(new ApiError('invalid_request_error', { message: 'The request body broke off.' }))
  }

  readonly #onClose = (): void => {
    if (this.#req.complete || this.#isOver) return
    this.#finish(new ApiError('client_closed_request', { message: 'The client closed the request.' }))
  }

  #finish(error: ApiError | undefined, body?: Body): void {
    if (this.#isOver) return
    this.#isOver = true
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer)
    if (error !== undefined) {
      // The rest flows away, so that the connection can go on.
      this.#req.off('data', this.#onData)
      this.#req.off('end', this.#onEnd)
      this.#req.resume()
    }
    this.#done(error, body)
  }
}

function decode(bytes: Buffer, encoding: string, maxBodyBytes: number, done: Done): void {
  if (encoding === '' || encoding === 'identity') return done(undefined, { bytes })
  const decompress = DECOMPRESS[encoding]
  if (decompress === undefined) {
    return done(
      new ApiError('unsupported_content_type', { message: 'The content-encoding of the body is not supported.' }),
    )
  }
  decompress(bytes, { maxOutputLength: maxBodyBytes }, (error, plain) => {
    if (error === null) return done(undefined, { bytes: plain })
    const code = (error as NodeJS.ErrnoException).code
    done(
      code === 'ERR_BUFFER_TOO_LARGE'
        ? tooLarge(maxBodyBytes)
        : new ApiError('invalid_request_error', {
            message: 'The request body is not what its content-encoding says.',
          }),
    )
  })
}

function tooSlow(): ApiError {
  return new ApiError('request_timeout', {
    message: 'The request body did not arrive in time.',
    headers: { connection: 'close' },
  })
}

function tooLarge(maxBodyBytes: number): ApiError {
  return new ApiError('request_too_large', {
    message: `The request body is larger than ${maxBodyBytes} bytes.`,
    headers: { connection: 'close' },
  })
}
