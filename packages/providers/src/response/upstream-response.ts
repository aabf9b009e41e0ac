import type { Transform } from 'node:stream'
import { ApiError, ConfigError, type CallReport } from '@sluice/core'
import {
  concatBytes,
  parseVendorJson,
  TickBatcher,
  type TickReader,
} from '@sluice/sse-stream/internal'
import { Deadline, type DeadlineOwner, type TimedPhase } from '../transport/deadline.ts'
import type { UpstreamExchange, UpstreamListener, UpstreamRequest } from '../transport/send.ts'
import type { ResponseReader } from './response-reader.ts'
import { BodyReader } from './body-reader.ts'
import { createDecompressor } from './create-decompressor.ts'
import type { ResponseContext, ResponseHead, ResponseOwner } from './response-context.ts'
import { sniffBody } from './sniff-body.ts'
import { timeoutError, transportError } from './errors/transport-error.ts'
import { readErrorBody } from './errors/error-body.ts'
import { upstreamError } from './errors/upstream-error.ts'
import { readVendorError } from './errors/vendor-error.ts'

const MAX_ERROR_BYTES = 64 * 1024
/** An upstream that only keeps its connection alive may do so for long. */
const MAX_BLANK_BYTES = 16
const NO_HEADERS: ResponseHead['headers'] = {}
/**
 * One upstream answer from the request to its end: gathers what each turn brings, watches the time,
 * obeys the gate, undoes compression, and reads an error answer to its end. `stop` may be called in
 * any phase and closes the connection at once.
 */
export class UpstreamResponse implements UpstreamListener, TickReader, DeadlineOwner {
  readonly #context: ResponseContext
  readonly #owner: ResponseOwner
  readonly #deadline: Deadline
  readonly #collector: TickBatcher
  #exchange: UpstreamExchange | undefined
  #reader: ResponseReader | undefined
  #status = 0
  #headers: ResponseHead['headers'] = NO_HEADERS
  #decompressor: Transform | undefined
  #blank: Uint8Array | undefined
  #held = false
  /** Stops listening for the gate. */
  #unwatch: (() => void) | undefined
  #over = false
  #report: CallReport | undefined

  constructor(context: ResponseContext, owner: ResponseOwner) {
    this.#context = context
    this.#owner = owner
    this.#deadline = new Deadline(context.clock, this)
    this.#collector = new TickBatcher(this)
  }

  /**
   * Writes the request and sends it, which counts as an attempt; a request that cannot be written
   * fails the answer.
   */
  start(report: CallReport, write: () => UpstreamRequest): void {
    let request: UpstreamRequest
    try {
      request = write()
    } catch (error) {
      this.#owner.fail(ApiError.from(error))
      return
    }
    this.#report = report
    report.attempts++
    const { timeouts, streamed, transport } = this.#context
    this.#deadline.start(
      'connect',
      timeouts.connectMs,
      streamed ? timeouts.totalStreamMs : timeouts.totalMs,
    )
    try {
      this.#exchange = transport.send(request, this)
    } catch (error) {
      // A header that no HTTP client would send, most often.
      return this.#fail(ApiError.from(error))
    }
    if (this.#over) this.#exchange.close()
  }

  /** Gives up; nothing more is told. */
  stop(): void {
    if (this.#over) return
    this.#finish()
    this.#exchange?.close()
  }

  /** Something that a user could see has come: from here only silence is timed. */
  onFirstToken(): void {
    this.#deadline.enter('idle', 0, this.#context.timeouts.idleMs)
  }

  /**
   * The answer is whole, though the connection is still open; it gets a moment to close by itself,
   * so that it can be used again.
   */
  expectEnd(): void {
    this.#deadline.enter('drain', 200)
  }

  /** What reads an answer of one piece; one that is larger than allowed fails. */
  body(onBody: (bytes: Uint8Array) => void): ResponseReader {
    return new BodyReader(this.#context.maxResponseBytes, onBody, () =>
      this.#fail(invalid('The upstream gave an answer larger than allowed.')),
    )
  }

  /**
   * Hands on what such an answer holds; what is no JSON, or is an error in the guise of a success,
   * fails.
   */
  parse(bytes: Uint8Array, onJson: (json: unknown) => void): void {
    let json: unknown
    try {
      json = parseVendorJson(
        Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(),
      )
    } catch (error) {
      return this.#owner.fail(invalid('The upstream gave an answer that is not JSON.', error))
    }
    if (readVendorError(json) === undefined) return onJson(json)
    this.#owner.fail(upstreamError(200, {}, json, this.#context.errors))
  }

  onConnected(): void {
    const { timeouts, streamed } = this.#context
    if (streamed) this.#deadline.enter('headers', timeouts.headersMs)
    else this.#deadline.enter('headers', 0)
  }

  onResent(): void {
    if (this.#report !== undefined) this.#report.attempts++
  }

  onHead(status: number, headers: Readonly<Record<string, string | string[] | undefined>>): void {
    this.#status = status
    this.#headers = headers
    const { timeouts, streamed } = this.#context
    if (streamed) this.#deadline.enter('firstToken', timeouts.firstTokenMs, timeouts.idleMs)
    const encoding = String(headers['content-encoding'] ?? 'identity').toLowerCase()
    if (encoding !== 'identity' && encoding !== '') this.#decompress(encoding)
  }

  onData(bytes: Uint8Array): void {
    if (this.#over) return
    // Compressed pieces are a sign of life as well, and so are blank ones.
    this.#deadline.touch()
    if (this.#decompressor === undefined) this.#collector.push(bytes)
    else if (!this.#decompressor.write(bytes)) {
      this.#exchange?.pause()
      this.#decompressor.once('drain', () => {
        if (!this.#held) this.#exchange?.resume()
      })
    }
  }

  onEnd(): void {
    if (this.#over) return
    if (this.#decompressor === undefined) this.#end()
    else this.#decompressor.end()
  }

  onError(error: Error): void {
    if (this.#over) return
    this.#collector.flush()
    if (this.#over) return
    if (this.#reader?.isComplete === true) this.#end()
    else this.#fail(transportError(error, this.#owner.hasEmitted))
  }

  onTurn(pieces: readonly Uint8Array[]): void {
    if (this.#over) return
    try {
      this.#take(pieces)
    } catch (error) {
      this.#crash(error)
    }
  }

  #take(pieces: readonly Uint8Array[]): void {
    let body = pieces
    if (this.#reader === undefined) {
      if (this.#blank !== undefined) body = [this.#blank, ...pieces]
      let first = body[0]!
      if (body.length > 1 && sniffBody(first) === 'empty') first = concatBytes(body)
      // Blank lines and half a byte-order mark say nothing yet; some vendors send the former to
      // keep the connection alive.
      this.#blank =
        this.#owner.takesAnyBytes !== true && sniffBody(first) === 'empty'
          ? first.slice(-MAX_BLANK_BYTES)
          : undefined
      if (this.#blank !== undefined) return
      this.#reader = this.#choose(first)
      // A stream runs long, and its headers have been read.
      this.#headers = NO_HEADERS
      if (!this.#over) this.#watch()
    }
    this.#reader?.turn(body)
  }

  /**
   * What foreign bytes set off fails this answer, and no other thing: called by a socket, a
   * microtask or a timer, nobody above could catch it.
   */
  #crash(error: unknown): void {
    if (!this.#over) {
      this.#finish()
      this.#exchange?.close()
    }
    if (ApiError.is(error) || ConfigError.is(error)) return this.#owner.fail(ApiError.from(error))
    this.#owner.fail(
      this.#owner.hasEmitted
        ? new ApiError('stream_incomplete', {
            message: 'The upstream sent something unreadable.',
            cause: error,
          })
        : invalid('The upstream gave an answer of an unknown form.', error),
    )
  }

  /**
   * From its first bytes on an answer waits while anyone holds the gate: until then there is
   * nothing to be held back.
   */
  #watch(): void {
    this.#unwatch = this.#context.gate.whenHeld(this.#hold)
  }

  #end(): void {
    this.#collector.flush()
    if (this.#over) return
    try {
      this.#reader ??= this.#choose(new Uint8Array(0))
      const reader = this.#reader
      this.#finish()
      reader?.end()
    } catch (error) {
      this.#crash(error)
    }
  }

  #choose(first: Uint8Array): ResponseReader | undefined {
    const head: ResponseHead = {
      status: this.#status,
      headers: this.#headers,
      looksLike: sniffBody(first),
    }
    if (this.#status >= 400) return this.#errorReader()
    if (this.#status >= 300 || this.#status < 200) {
      // A redirect is never followed: it could carry our key to another host.
      this.#fail(invalid(`The upstream answered with status ${this.#status}.`))
      return undefined
    }
    if (
      this.#owner.takesAnyBytes === true &&
      !/\bhtml\b/i.test(String(this.#headers['content-type']))
    )
      return this.#owner.open(head)
    if (head.looksLike === 'html') {
      this.#fail(invalid('The upstream answered with a page instead of JSON.'))
      return undefined
    }
    if (head.looksLike === 'empty') {
      this.#fail(
        new ApiError('upstream_empty_response', { message: 'The upstream gave an empty answer.' }),
      )
      return undefined
    }
    return this.#owner.open(head)
  }

  #errorReader(): ResponseReader {
    const headers = this.#headers
    return new BodyReader(
      MAX_ERROR_BYTES,
      (bytes) =>
        this.#fail(
          upstreamError(this.#status, headers, readErrorBody(bytes), this.#context.errors),
        ),
      () => this.#fail(upstreamError(this.#status, headers, undefined, this.#context.errors)),
    )
  }

  readonly #hold = (): void => {
    if (this.#over) return
    this.#held = true
    this.#deadline.pause()
    this.#exchange?.pause()
    this.#decompressor?.pause()
    this.#context.gate.whenOpen(() => {
      this.#held = false
      if (this.#over) return
      this.#deadline.resume()
      this.#decompressor?.resume()
      this.#exchange?.resume()
      this.#watch()
    })
  }

  #decompress(encoding: string): void {
    const decompressor = createDecompressor(encoding)
    if (decompressor === undefined) {
      this.#fail(invalid('The upstream compressed its answer in a way that was not asked for.'))
      this.#exchange?.close()
      return
    }
    this.#decompressor = decompressor
    decompressor.on('data', (bytes: Uint8Array) => this.#collector.push(bytes))
    decompressor.on('end', () => {
      if (!this.#over) this.#end()
    })
    decompressor.on('error', (error) => {
      if (this.#over) return
      this.#exchange?.close()
      this.#fail(
        this.#owner.hasEmitted
          ? new ApiError('stream_incomplete', {
              message: 'The upstream sent something unreadable.',
              cause: error,
            })
          : invalid('The upstream sent something unreadable.', error),
      )
    })
  }

  onExpired(phase: TimedPhase): void {
    if (this.#over) return
    if (phase === 'drain' || this.#reader?.isComplete === true) {
      this.#end()
      this.#exchange?.close()
      return
    }
    this.#exchange?.close()
    this.#fail(timeoutError(phase, this.#owner.hasEmitted))
  }

  #fail(error: ApiError): void {
    if (!this.#over) {
      this.#finish()
      this.#exchange?.close()
    }
    this.#owner.fail(error)
  }

  #finish(): void {
    this.#over = true
    this.#unwatch?.()
    this.#deadline.stop()
    this.#decompressor?.destroy()
  }
}

/** A 502 for an answer that is not what was asked for. */
export function invalid(message: string, cause?: unknown): ApiError {
  return new ApiError('upstream_invalid_response', { message, cause })
}

/** A 502 for an answer that could not be read; what the reader found out itself stays as it is. */
export function unreadable(cause: unknown): ApiError {
  return ApiError.is(cause)
    ? cause
    : invalid('The upstream gave an answer of an unknown form.', cause)
}
