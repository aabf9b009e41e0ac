import { OutgoingMessage, type ServerResponse } from 'node:http'
import { ApiError, systemClock, type Batch, type Clock, type Timer } from '@sluice/core'
import { Subscription, type Observable } from 'rxjs'
import { join } from '../chat-translator.ts'
import { isLending, type Loan } from '../lending-batch.ts'

/** How an answer is written. */
export interface WriteAnswerOptions {
  /** Status line and headers, asked for once, when the first batch is there: the commit. Flat list of names and values. */
  readonly head?: (first: Batch) => readonly string[]
  /** Whether a streamed answer ends with `data: [DONE]`. @defaultValue true */
  readonly done?: boolean
  /** A failure before anything was written; the response is untouched. Without it an error in OpenAI's shape is written. */
  readonly onRefused?: (error: ApiError) => void
  /** The frame that tells a client of a failure after the commit. @defaultValue `data: {"error":{…}}` */
  readonly errorFrame?: (error: ApiError) => string
  /** Called once when nothing more will happen: with the failure, if any, or `left` where the client went away. */
  readonly onSettled?: (outcome: ApiError | 'complete' | 'left') => void
  /** A comment is written when the upstream has been silent for between half and all of this. 0 = never. @defaultValue 15_000 */
  readonly heartbeatMs?: number | undefined
  /** A client that takes nothing for so long is cut off. 0 = never. @defaultValue 60_000 */
  readonly writeTimeoutMs?: number | undefined
  readonly clock?: Clock | undefined
}

const HEARTBEAT = new TextEncoder().encode(': ping\n\n')
const DONE = new TextEncoder().encode('data: [DONE]\n\n')
/** A turn that brings more is written in parts. */
const MAX_WRITE_BYTES = 64 * 1024
const NOTHING = new Uint8Array(0)
const encoder = new TextEncoder()
/** A microtask by way of this costs a tenth of Node's `queueMicrotask`, which makes an async resource each time. */
const settled = Promise.resolve()

/**
 * Writes an answer to an HTTP response: nothing before the first batch, whole events only, all of a turn in one write (64 KiB at most), never more than the client
 * takes, a comment while the upstream is silent, one error frame and no `[DONE]` where it breaks. A client that leaves unsubscribes, which
 * closes the upstream. Returns the subscription; unsubscribing it stops the answer without ending the response.
 */
export function writeAnswer(
  answer: Observable<Batch>,
  res: ServerResponse,
  options: WriteAnswerOptions = {},
): Subscription {
  const writer = new AnswerWriter(res, options)
  // Listens before it subscribes: a client may already be gone, and a synchronous source would write to nobody.
  writer.listen()
  let subscription: Subscription
  try {
    subscription = answer.subscribe(writer)
  } catch (error) {
    // It is no Observable. Thrown from here, where the body's last bytes arrive, it would end the process.
    writer.error(error)
    return Subscription.EMPTY
  }
  writer.own(subscription)
  return subscription
}

class AnswerWriter {
  readonly #res: ServerResponse
  readonly #options: WriteAnswerOptions
  readonly #clock: Clock
  #subscription: Subscription | undefined
  #framing: Batch['framing'] | undefined
  #pending: Batch[] = []
  #pendingLength = 0
  #release: (() => void) | undefined
  #stall: Timer
  #heartbeat: Timer
  #silent = false
  #settled = false

  constructor(res: ServerResponse, options: WriteAnswerOptions) {
    this.#res = res
    this.#options = options
    this.#clock = options.clock ?? systemClock
  }

  listen(): void {
    // 'close' on the request fires once its body is read; only the response's tells that the client has gone.
    this.#res.on('close', this.#onClose)
    this.#res.on('error', ignore)
  }

  own(subscription: Subscription): void {
    this.#subscription = subscription
    if (this.#settled || this.#res.destroyed) subscription.unsubscribe()
  }

  next(batch: Batch): void {
    if (this.#settled) return
    try {
      this.#take(batch)
    } catch (error) {
      // What an observer throws RxJS throws again where nobody can catch it.
      this.error(error)
    }
  }

  #take(batch: Batch): void {
    if (this.#framing === undefined) this.#commit(batch)
    if (batch.framing === 'document') {
      this.#pending.push(batch)
      return
    }
    const length = lengthOf(batch)
    if (length === 0) return
    this.#silent = false
    // Written at once, so that a source that has all of a long answer ready hears in time that the client is slower.
    if (this.#pendingLength + length > MAX_WRITE_BYTES) this.#flush(batch)
    this.#pending.push(batch)
    this.#pendingLength += length
    // What else this turn brings, the end included, leaves in the same write.
    if (this.#pending.length === 1) void settled.then(() => this.#flush(batch))
  }

  complete(): void {
    if (this.#settled) return
    if (this.#framing === undefined) {
      this.error(new ApiError('upstream_empty_response', { message: 'The upstream gave no answer.' }))
      return
    }
    this.#end(this.#framing === 'events' && this.#options.done !== false ? DONE : NOTHING)
    this.#settle('complete')
  }

  error(cause: unknown): void {
    if (this.#settled) return
    const error = ApiError.from(cause)
    if (this.#framing === undefined) {
      this.#settle(error)
      if (this.#options.onRefused === undefined) refuse(this.#res, error)
      else this.#options.onRefused(error)
      return
    }
    if (this.#framing === 'events') {
      const frame = this.#options.errorFrame?.(error) ?? `data: ${JSON.stringify(error.toBody())}\n\n`
      this.#end(encoder.encode(frame))
    } else {
      // Half a document or sound cannot say that it is broken, except by breaking off.
      this.#res.destroy()
    }
    this.#settle(error)
  }

  #commit(first: Batch): void {
    const { head, heartbeatMs = 15_000 } = this.#options
    const fields = ['content-type', first.contentType ?? MEDIA_TYPES[first.framing], ...(head?.(first) ?? [])]
    if (first.framing === 'document') fields.push('content-length', String(first.bytes.length))
    // `no-transform` keeps compression from gathering events; the other keeps nginx from it.
    if (first.framing === 'events') fields.push('cache-control', 'no-cache, no-transform', 'x-accel-buffering', 'no')
    if (!this.#res.headersSent) this.#res.writeHead(200, fields)
    this.#framing = first.framing
    if (first.framing === 'events' && heartbeatMs > 0) {
      this.#heartbeat = this.#clock.setTimeout(this.#beat, heartbeatMs / 2)
    }
  }

  #flush(batch: Batch): void {
    if (this.#settled || this.#pending.length === 0) return
    const { bytes, giveBack } = this.#pendingBytes(NOTHING)
    const ready = giveBack === undefined ? this.#res.write(bytes) : this.#res.write(bytes, giveBack)
    flushWrapper(this.#res)
    if (!ready && this.#release === undefined) this.#wait(batch)
  }

  /** The client is slower than the answer: the source waits until it has taken what was written. */
  #wait(batch: Batch): void {
    const { writeTimeoutMs = 60_000 } = this.#options
    this.#release = batch.gate.hold()
    if (writeTimeoutMs > 0) this.#stall = this.#clock.setTimeout(() => this.#res.destroy(), writeTimeoutMs)
    this.#res.once('drain', this.#onDrain)
  }

  readonly #onDrain = (): void => {
    if (this.#stall !== undefined) this.#clock.clearTimeout(this.#stall)
    this.#stall = undefined
    const release = this.#release
    this.#release = undefined
    release?.()
  }

  readonly #beat = (): void => {
    if (this.#settled) return
    // Not while the client takes nothing: a comment would only pile up.
    if (this.#silent && this.#release === undefined) {
      this.#res.write(HEARTBEAT)
      flushWrapper(this.#res)
    }
    this.#silent = true
    this.#heartbeat = this.#clock.setTimeout(this.#beat, (this.#options.heartbeatMs ?? 15_000) / 2)
  }

  readonly #onClose = (): void => {
    if (!this.#settled) this.#settle('left')
  }

  #end(tail: Uint8Array): void {
    const { bytes, giveBack } = this.#pendingBytes(tail)
    if (giveBack !== undefined) this.#res.end(bytes, giveBack)
    else this.#res.end(bytes.length === 0 ? undefined : bytes)
    flushWrapper(this.#res)
  }

  /** All that waits, and `tail`, for one write. Borrowed where that can be: its memory is given back when the connection has taken the write. */
  #pendingBytes(tail: Uint8Array): { readonly bytes: Uint8Array; readonly giveBack?: Loan['giveBack'] } {
    const pending = this.#pending
    const first = pending[0]
    if (first === undefined) return { bytes: tail }
    this.#pending = []
    this.#pendingLength = 0
    if (isLending(first) && isPlain(this.#res)) {
      const loan = first.lend(pending.length === 1 ? tail : joinAll(pending.slice(1), tail))
      if (loan !== undefined) return loan
    }
    return { bytes: pending.length === 1 && tail.length === 0 ? first.bytes : joinAll(pending, tail) }
  }

  #settle(outcome: ApiError | 'complete' | 'left'): void {
    this.#settled = true
    if (this.#heartbeat !== undefined) this.#clock.clearTimeout(this.#heartbeat)
    this.#res.off('close', this.#onClose)
    if (this.#release !== undefined) {
      this.#res.off('drain', this.#onDrain)
      this.#onDrain()
    }
    this.#subscription?.unsubscribe()
    this.#options.onSettled?.(outcome)
  }
}

const MEDIA_TYPES: Readonly<Record<Batch['framing'], string>> = {
  events: 'text/event-stream; charset=utf-8',
  document: 'application/json',
  binary: 'application/octet-stream',
}

function ignore(): void {}

function lengthOf(batch: Batch): number {
  return isLending(batch) ? batch.byteLength : batch.bytes.length
}

function joinAll(batches: readonly Batch[], tail: Uint8Array): Uint8Array {
  const parts = batches.map((batch) => batch.bytes)
  parts.push(tail)
  return join(parts)
}

/** Whether what is written goes straight to the connection. Who puts methods of his own in between may keep what he sees. */
function isPlain(res: ServerResponse): boolean {
  return res.write === OutgoingMessage.prototype.write && res.end === OutgoingMessage.prototype.end
}

/** Compression and the like put a `flush` on the response; without it they would keep events back. */
function flushWrapper(res: ServerResponse): void {
  const { flush } = res as ServerResponse & { flush?: unknown }
  if (typeof flush === 'function') (flush as () => void).call(res)
}

function refuse(res: ServerResponse, error: ApiError): void {
  if (res.headersSent || res.destroyed) return
  const body = JSON.stringify(error.toBody())
  const headers = { 'content-type': 'application/json', 'cache-control': 'private, no-store', ...error.toHeaders() }
  res.writeHead(error.status, { ...headers, 'content-length': Buffer.byteLength(body) })
  res.end(body)
}
