import { OutgoingMessage, type ServerResponse } from 'node:http'
import {
  ApiError,
  systemClock,
  type Batch,
  type Clock,
  type Gate,
  type PooledBytes,
  type Timer,
} from '@sluice/core'
import { byteLengthOf, ForwardingSubscriber } from '@sluice/core/internal'
import type { Observable, SubscriptionLike } from 'rxjs'
import { concatBytes, totalLength } from '../bytes/concat.ts'
import { ChunkList } from '../bytes/chunk-list.ts'
import { inMicrotask } from '../bytes/microtask.ts'
import { FlushScheduler } from './flush-scheduler.ts'

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
   * The frame that tells a client of a failure after the commit.
   * @defaultValue `data: {"error":{…}}`
   */
  readonly errorFrame?: (error: ApiError) => string
  /**
   * Called once when nothing more will happen: with the failure, if any, or `left` where the client
   * went away.
   */
  readonly onSettled?: (outcome: ApiError | 'complete' | 'left') => void
  /**
   * A comment is written when the upstream has been silent for between half and all of this. 0 =
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
/**
 * So much may lie before the client until the source has to wait: half of what Node would call too
 * much, so that one more turn's worth is still little.
 */
const MAX_UNTAKEN_BYTES = 32 * 1024
/** So much is written until one write says when it was taken: to hear of each costs more. */
const MAX_UNHEARD_BYTES = 8 * 1024
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
  /** What has not left yet. */
  #head: Record<string, string> | undefined
  readonly #pending = new ChunkList()
  #pendingLength = 0
  /** Bytes of writes since the last whose end was heard of. */
  #unheard = 0
  /** Where the first of the pending bytes stand in memory that is lent. */
  #loan: PooledBytes | undefined
  #release: (() => void) | undefined
  /**
   * Listens for Node's word that it has nothing left, where the wait ends with that and not when it
   * has little left.
   */
  #onDrain: (() => void) | undefined
  #gate: Gate | undefined
  #stall: Timer
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
      this.#pending.push(batch.bytes)
      return
    }
    const length = byteLengthOf(batch)
    if (length === 0) return
    this.#silent = false
    // Written at once, so that a source that has all of a long answer ready hears in time that the
    // client is slower.
    if (this.#pendingLength + length > MAX_WRITE_BYTES) this.#flush()
    this.#pendingLength += length
    const isFirst = this.#hasLeft
    if (isFirst && this.#ownsWrite) this.#loan = batch.borrowBytes?.()
    if (!isFirst || this.#loan === undefined) this.#pending.push(batch.bytes)
    this.#gate = batch.gate
    // What comes first may be all of it, which leaves with its length.
    if (this.#pendingLength >= EAGER_WRITE_BYTES && this.#head === undefined) this.#flush()
    else if (isFirst || this.#pendingLength >= LONG_WRITE_BYTES) this.#put(this.#flush)
  }

  /**
   * Puts a write off, so that what else this turn brings, the end included, leaves with it. What is
   * long is written while it is in the processor's cache.
   */
  #put(write: () => void): void {
    if (this.#pendingLength < LONG_WRITE_BYTES) this.#turnEnd.add(write)
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
    if (this.#framing === 'events' && this.#options.done !== false) this.#pending.push(DONE)
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
    if (this.#head === undefined) this.#put(finish)
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
    const isUnsent =
      this.#framing !== 'events' && this.#head !== undefined && !this.#res.headersSent
    if (this.#framing === undefined || isUnsent) {
      this.#settle(error)
      if (this.#options.onRefused === undefined) refuse(this.#res, error)
      else this.#options.onRefused(error)
      return
    }
    if (this.#framing === 'events') {
      const frame =
        this.#options.errorFrame?.(error) ?? `data: ${JSON.stringify(error.toBody())}\n\n`
      this.#pending.push(encoder.encode(frame))
      this.#end()
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
    const fields = this.#options.head?.(first) ?? {}
    fields['content-type'] = first.contentType ?? MEDIA_TYPES[first.framing]
    if (first.framing === 'events') {
      // `no-transform` keeps compression from gathering events; the other keeps nginx from it.
      fields['cache-control'] = 'no-cache, no-transform'
      fields['x-accel-buffering'] = 'no'
    }
    this.#head = fields
    this.#framing = first.framing
    if (first.framing === 'events' && heartbeatMs > 0) {
      this.#heartbeat = this.#clock.setTimeout(this.#beat, heartbeatMs / 2)
    }
  }

  /** The head leaves with the first bytes; by then it is known whether they are all. */
  #writeHead(wholeLength?: number): void {
    const fields = this.#head
    if (fields === undefined) return
    this.#head = undefined
    if (wholeLength !== undefined) fields['content-length'] = String(wholeLength)
    if (this.#res.headersSent) return
    this.#res.writeHead(200, fields)
    if (wholeLength === undefined) flatten(this.#res)
  }

  /**
   * Whether a write is Node's own: others may keep what they are given, so that lent memory is not
   * for them, and need not say when it was taken.
   */
  get #ownsWrite(): boolean {
    const own = OutgoingMessage.prototype
    return this.#res.write === own.write && this.#res.end === own.end
  }

  /** Whether nothing waits to be written. */
  get #hasLeft(): boolean {
    return this.#pending.isEmpty && this.#loan === undefined
  }

  readonly #flush = (): void => {
    if (this.#settled || this.#isWhole || this.#hasLeft) return
    try {
      this.#write()
    } catch (error) {
      this.#crash(error)
    }
  }

  #write(): void {
    this.#unheard += this.#pendingLength
    const isHeard = this.#unheard >= MAX_UNHEARD_BYTES
    if (isHeard) this.#unheard = 0
    const ready = this.#writePending(isHeard)
    flushWrapper(this.#res)
    if (this.#release !== undefined) return
    if (!ready) this.#wait('drain')
    else if (isHeard && this.#ownsWrite && this.#res.writableLength >= MAX_UNTAKEN_BYTES)
      this.#wait('little')
  }

  /** The client is slower than the answer: the source waits until it has taken what was written. */
  #wait(until: 'drain' | 'little'): void {
    const { writeTimeoutMs = 60_000 } = this.#options
    this.#release = this.#gate?.hold()
    if (writeTimeoutMs > 0)
      this.#stall = this.#clock.setTimeout(() => this.#res.destroy(), writeTimeoutMs)
    if (until === 'little') return
    this.#onDrain = () => this.#goOn()
    this.#res.once('drain', this.#onDrain)
  }

  /** The kernel has a write. */
  #taken(): void {
    if (this.#onDrain === undefined && this.#res.writableLength < MAX_UNTAKEN_BYTES) this.#goOn()
  }

  #goOn(): void {
    this.#onDrain = undefined
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
      try {
        this.#writeHead()
        this.#res.write(HEARTBEAT)
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
    const loan = this.#loan
    const pending = this.#pending.take()
    if (loan === undefined || (pending.length > 0 && !loan.append(concatBytes(pending)))) {
      const bytes = loan === undefined ? pending : [loan.bytes, ...pending]
      this.#writeHead(totalLength(bytes))
      this.#res.end(bytes.length === 0 ? undefined : concatBytes(bytes))
    } else {
      this.#loan = undefined
      this.#writeHead(loan.bytes.length)
      this.#res.end(loan.bytes, () => loan.release())
    }
    flushWrapper(this.#res)
  }

  /** Writes what is pending, all at once. Says whether the client can take more. */
  #writePending(isHeard: boolean): boolean {
    const loan = this.#loan
    const pending = this.#pending.take()
    this.#loan = undefined
    this.#pendingLength = 0
    this.#writeHead()
    const onTaken = isHeard ? () => this.#taken() : undefined
    if (loan === undefined) return this.#res.write(concatBytes(pending), onTaken)
    if (pending.length === 0 || loan.append(concatBytes(pending))) {
      return this.#res.write(loan.bytes, () => {
        loan.release()
        onTaken?.()
      })
    }
    const bytes = concatBytes([loan.bytes, ...pending])
    loan.release()
    return this.#res.write(bytes, onTaken)
  }

  #settle(outcome: ApiError | 'complete' | 'left'): void {
    this.#settled = true
    this.#loan?.release()
    this.#loan = undefined
    if (this.#heartbeat !== undefined) this.#clock.clearTimeout(this.#heartbeat)
    this.#res.off('close', this.#onClose)
    if (this.#onDrain !== undefined) this.#res.off('drain', this.#onDrain)
    this.#goOn()
    this.unsubscribe()
    this.#options.onSettled?.(outcome)
  }
}

const MEDIA_TYPES: Readonly<Record<Batch['framing'], string>> = {
  events: 'text/event-stream; charset=utf-8',
  document: 'application/json',
  binary: 'application/octet-stream',
}

function ignore(): void {}

/**
 * Node keeps the head as what it was put together from, some 70 strings, for as long as the answer
 * runs; of thousands of streams they are a fifth of all that the memory collector moves. To read
 * one character V8 makes it one string, which the write would have to do otherwise.
 */
function flatten(res: ServerResponse): void {
  const { _header: head } = res as ServerResponse & { _header?: unknown }
  if (typeof head === 'string') head.charCodeAt(0)
}

/**
 * Compression and the like put a `flush` on the response; without it they would keep events back.
 */
function flushWrapper(res: ServerResponse): void {
  const { flush } = res as ServerResponse & { flush?: unknown }
  if (typeof flush === 'function') (flush as () => void).call(res)
}

function refuse(res: ServerResponse, error: ApiError): void {
  if (res.headersSent || res.destroyed) return
  const body = JSON.stringify(error.toBody())
  const headers = {
    'content-type': 'application/json',
    'cache-control': 'private, no-store',
    ...error.toHeaders(),
  }
  res.writeHead(error.status, { ...headers, 'content-length': Buffer.byteLength(body) })
  res.end(body)
}
