import type { ServerResponse } from 'node:http'
import { ApiError, systemClock, type Batch, type Clock, type Gate, type Timer } from '@sluice/core'
import { byteLengthOf, ForwardingSubscriber } from '@sluice/core/internal'
import type { Observable, SubscriptionLike } from 'rxjs'
import { inMicrotask } from '../bytes/microtask.ts'
import { Backpressure } from './backpressure.ts'
import { FlushScheduler } from './flush-scheduler.ts'
import { refuse, ResponseHead } from './response-head.ts'
import { WriteQueue } from './write-queue.ts'

/** How an answer is written. */
export interface WriteResponseOptions {
  /**
   * The response's headers, asked for once, when the first batch is there: the commit. A fresh
   * object, which is added to. An object, because wrappers of `res.writeHead` that hosts still have
   * (`on-headers` before 1.1) misread a flat list of names and values.
   */
  readonly head?: (first: Batch) => Record<string, string>
  /** Whether a streamed answer ends with `data: [DONE]`. @defaultValue true */
  readonly done?: boolean
  /**
   * A failure before anything was written; the response is untouched. Without it an error in
   * OpenAI's shape is written.
   */
  readonly onRefused?: (error: ApiError) => void
  /**
   * The frame that tells a client of a failure after the commit; `undefined` breaks the connection
   * off instead.
   * @defaultValue `data: {"error":{…}}`
   */
  readonly errorFrame?: (error: ApiError) => string | undefined
  /**
   * Called once when nothing more will happen: with the failure, if any, or `left` where the client
   * went away.
   */
  readonly onSettled?: (outcome: ApiError | 'complete' | 'left') => void
  /** What is written while the upstream is silent. @defaultValue a comment */
  readonly heartbeat?: Uint8Array | undefined
  /**
   * A heartbeat is written when the upstream has been silent for between half and all of this. 0 =
   * never.
   * @defaultValue 15_000
   */
  readonly heartbeatMs?: number | undefined
  /** A client that takes nothing for so long is cut off. 0 = never. @defaultValue 60_000 */
  readonly writeTimeoutMs?: number | undefined
  readonly clock?: Clock | undefined
  /**
   * When what there is to write leaves; answers that share it leave together.
   * @defaultValue one of its own
   */
  readonly turnEnd?: FlushScheduler | undefined
}

const HEARTBEAT = new TextEncoder().encode(': ping\n\n')
const DONE = new TextEncoder().encode('data: [DONE]\n\n')
/** A turn that brings more is written in parts. */
const MAX_WRITE_BYTES = 64 * 1024
/**
 * So much leaves before the next read: at the turn's end it could be many times as much, as a turn
 * may read a fast source's socket over and over.
 */
const LONG_WRITE_BYTES = 4096
/**
 * So much leaves at once: the source hears of a slow client before it goes on with what it has read
 * already.
 */
const EAGER_WRITE_BYTES = 32 * 1024
const encoder = new TextEncoder()

/**
 * Writes an answer to an HTTP response: nothing before the first batch, whole events only, all of a
 * turn in one write (64 KiB at most), never more than the client takes, a comment while the
 * upstream is silent, one error frame and no `[DONE]` where it breaks. A client that leaves
 * unsubscribes, which closes the upstream. Returns the subscription; unsubscribing it stops the
 * answer without ending the response.
 */
export function writeResponse(
  answer: Observable<Batch>,
  res: ServerResponse,
  options: WriteResponseOptions = {},
): SubscriptionLike {
  const writer = new ResponseWriter(res, options)
  // Listens before it subscribes: a client may already be gone, and a synchronous source would
  // write to nobody.
  writer.listen()
  try {
    answer.subscribe(writer)
  } catch (error) {
    // It is no Observable. Thrown from here, where the body's last bytes arrive, it would end the
    // process.
    writer.error(error)
  }
  if (res.destroyed) writer.unsubscribe()
  return writer
}

class ResponseWriter extends ForwardingSubscriber<Batch> {
  readonly #res: ServerResponse
  readonly #options: WriteResponseOptions
  readonly #clock: Clock
  readonly #turnEnd: FlushScheduler
  #framing: Batch['framing'] | undefined
  readonly #head: ResponseHead
  readonly #queue: WriteQueue
  readonly #backpressure: Backpressure
  #gate: Gate | undefined
  #heartbeat: Timer
  #silent = false
  /** All of it is there. */
  #isWhole = false
  #settled = false

  constructor(res: ServerResponse, options: WriteResponseOptions) {
    super()
    this.#res = res
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#turnEnd = options.turnEnd ?? new FlushScheduler()
    this.#head = new ResponseHead(res)
    this.#queue = new WriteQueue(res, this.#head)
    this.#backpressure = new Backpressure(res, this.#clock, options.writeTimeoutMs ?? 60_000)
  }

  listen(): void {
    // 'close' on the request fires once its body is read; only the response's tells that the client
    // has gone.
    this.#res.on('close', this.#onClose)
    this.#res.on('error', ignore)
  }

  protected onNext(batch: Batch): void {
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
      this.#queue.push(batch.bytes)
      return
    }
    const length = byteLengthOf(batch)
    if (length === 0) return
    this.#silent = false
    const queue = this.#queue
    // Written at once, so that a source that has all of a long answer ready hears in time that the
    // client is slower.
    if (queue.length + length > MAX_WRITE_BYTES) this.#flush()
    const isFirst = queue.isEmpty
    queue.pushBatch(batch, length)
    this.#gate = batch.gate
    // What comes first may be all of it, which leaves with its length.
    if (queue.length >= EAGER_WRITE_BYTES && !this.#head.isPending) this.#flush()
    else if (isFirst || queue.length >= LONG_WRITE_BYTES) this.#put(this.#flush)
  }

  /**
   * Puts a write off, so that what else this turn brings, the end included, leaves with it. What is
   * long is written while it is in the processor's cache.
   */
  #put(write: () => void): void {
    if (this.#queue.length < LONG_WRITE_BYTES) this.#turnEnd.add(write)
    else inMicrotask(write)
  }

  protected onComplete(): void {
    if (this.#settled) return
    if (this.#framing === undefined) {
      this.onError(
        new ApiError('upstream_empty_response', { message: 'The upstream gave no answer.' }),
      )
      return
    }
    if (this.#framing === 'events' && this.#options.done !== false) this.#queue.push(DONE)
    this.#isWhole = true
    const finish = () => {
      if (this.#settled) return
      try {
        this.#end()
        this.#settle('complete')
      } catch (error) {
        this.#crash(error)
      }
    }
    // Of answers that come as a whole, such as a cache's, all leave together.
    if (!this.#head.isPending) this.#put(finish)
    else this.#turnEnd.add(finish)
  }

  protected onError(cause: unknown): void {
    if (this.#settled) return
    const error = ApiError.from(cause)
    try {
      this.#tell(error)
    } catch (fault) {
      this.#crash(fault)
    }
  }

  #tell(error: ApiError): void {
    // Of a document that has not left yet nobody has seen a thing: its failure is an ordinary one.
    const isUnsent = this.#framing !== 'events' && this.#head.isPending && !this.#res.headersSent
    if (this.#framing === undefined || isUnsent) {
      this.#settle(error)
      if (this.#options.onRefused === undefined) refuse(this.#res, error)
      else this.#options.onRefused(error)
      return
    }
    if (this.#framing === 'events') {
      const frame =
        this.#options.errorFrame === undefined
          ? `data: ${JSON.stringify(error.toBody())}\n\n`
          : this.#options.errorFrame(error)
      if (frame === undefined) this.#res.destroy()
      else {
        this.#queue.push(encoder.encode(frame))
        this.#end()
      }
    } else {
      // Half a document or sound cannot say that it is broken, except by breaking off.
      this.#res.destroy()
    }
    this.#settle(error)
  }

  /**
   * Gives up on a response that cannot be written: a wrapper of the host has thrown, or a header is
   * none. A timer or the end of a turn has called, so that nobody above could catch it.
   */
  #crash(fault: unknown): void {
    this.#res.destroy()
    if (!this.#settled) this.#settle(ApiError.from(fault))
  }

  #commit(first: Batch): void {
    const { heartbeatMs = 15_000 } = this.#options
    this.#head.prepare(this.#options.head?.(first) ?? {}, first)
    this.#framing = first.framing
    if (first.framing === 'events' && heartbeatMs > 0) {
      this.#heartbeat = this.#clock.setTimeout(this.#beat, heartbeatMs / 2)
    }
  }

  readonly #flush = (): void => {
    if (this.#settled || this.#isWhole || this.#queue.isEmpty) return
    try {
      this.#write()
    } catch (error) {
      this.#crash(error)
    }
  }

  #write(): void {
    const backpressure = this.#backpressure
    const isHeard = backpressure.count(this.#queue.length)
    const ready = this.#queue.write(isHeard ? backpressure.taken : undefined)
    flushWrapper(this.#res)
    if (backpressure.isHolding) return
    if (!ready) backpressure.hold(this.#gate, 'drain')
    else if (isHeard && this.#queue.ownsWrite && backpressure.isHigh)
      backpressure.hold(this.#gate, 'little')
  }

  readonly #beat = (): void => {
    if (this.#settled) return
    // Not while the client takes nothing: a comment would only pile up.
    if (this.#silent && !this.#backpressure.isHolding) {
      try {
        this.#head.write()
        this.#res.write(this.#options.heartbeat ?? HEARTBEAT)
        flushWrapper(this.#res)
      } catch (error) {
        return this.#crash(error)
      }
    }
    this.#silent = true
    this.#heartbeat = this.#clock.setTimeout(this.#beat, (this.#options.heartbeatMs ?? 15_000) / 2)
  }

  readonly #onClose = (): void => {
    if (!this.#settled) this.#settle('left')
  }

  #end(): void {
    this.#queue.end()
    flushWrapper(this.#res)
  }

  #settle(outcome: ApiError | 'complete' | 'left'): void {
    this.#settled = true
    this.#queue.release()
    if (this.#heartbeat !== undefined) this.#clock.clearTimeout(this.#heartbeat)
    this.#res.off('close', this.#onClose)
    this.#backpressure.release()
    this.unsubscribe()
    this.#options.onSettled?.(outcome)
  }
}

function ignore(): void {}

/**
 * Compression and the like put a `flush` on the response; without it they would keep events back.
 */
function flushWrapper(res: ServerResponse): void {
  const { flush } = res as ServerResponse & { flush?: unknown }
  if (typeof flush === 'function') (flush as () => void).call(res)
}
