import {
  ApiError,
  checkOptions,
  createGate,
  option,
  type Batch,
  type Gate,
  type PooledBytes,
} from '@sluice/core'
import { byteLengthOf } from '@sluice/core/internal'
import { Observable, type Subscriber, type Subscription } from 'rxjs'

/** How much of a shared answer is kept, and for whom. */
export interface ShareReplayedOptions {
  /** The source's own gate. @defaultValue the gate of its batches */
  readonly gate?: Gate | undefined
  /**
   * The answer is kept whole, for those who join late, while it is no longer than this.
   * @defaultValue 1 MiB
   */
  readonly maxBytes?: number | undefined
  /**
   * In an answer longer than `maxBytes`: how far a subscriber may fall behind while others go on.
   * @defaultValue 256 KiB
   */
  readonly maxLagBytes?: number | undefined
}

const RULES = { gate: option.object, maxBytes: option.count, maxLagBytes: option.count }

/**
 * One answer for many: subscribing gives it from its beginning, with a new gate, and goes live
 * where the replay has caught up.
 */
export interface SharedResponse<Chunk = unknown, Document = unknown> extends Observable<
  Batch<Chunk, Document>
> {
  /**
   * Whether a further subscriber would be given the whole answer. Where not, subscribing fails with
   * `stream_incomplete`: ask the source anew.
   */
  readonly canJoin: boolean
  /**
   * The same answer for a subscriber that has a gate already; its batches carry that gate. It must
   * not be the source's own.
   */
  join(gate: Gate): Observable<Batch<Chunk, Document>>
}

/**
 * Shares one subscription of an answer among any number of subscribers, whenever they come. Each
 * has its own gate and goes at its own pace: the source is held only while *all* subscribers hold
 * their gates, so that one who reads slowly slows nobody else.
 *
 * Memory stays bounded. Up to `maxBytes` the answer is kept whole, and falling behind costs
 * nothing. Beyond that nobody can join any more, what all have read is let go, and a subscriber who
 * falls more than `maxLagBytes` behind while others go on fails with `stream_incomplete`.
 *
 * The source is unsubscribed when the last subscriber leaves; if it had not ended, everything is
 * forgotten and the next subscriber starts it again. Its end, error or not, is replayed like its
 * batches.
 *
 * @throws ConfigError `ERR_SSE_STREAM_OPTIONS`
 * @example const answer = shareReplayed()(handler(call)); answer.subscribe(a); answer.subscribe(b) // one upstream request
 */
export function shareReplayed<Chunk = unknown, Document = unknown>(
  options: ShareReplayedOptions = {},
): (source: Observable<Batch<Chunk, Document>>) => SharedResponse<Chunk, Document> {
  checkOptions('shareReplayed', 'ERR_SSE_STREAM_OPTIONS', options, RULES)
  return (source) => {
    let run: Run<Chunk, Document> | undefined
    const join = (gate: Gate) =>
      new Observable<Batch<Chunk, Document>>((subscriber) => {
        run ??= new Run(source, options, (finished) => {
          if (run === finished) run = undefined
        })
        run.join(subscriber, gate)
      })
    const answer = new Observable<Batch<Chunk, Document>>((subscriber) =>
      join(createGate()).subscribe(subscriber),
    )
    return Object.defineProperties(answer, {
      canJoin: { get: () => run === undefined || run.canJoin },
      join: { value: join },
    }) as SharedResponse<Chunk, Document>
  }
}

interface Member<Chunk, Document> {
  readonly subscriber: Subscriber<Batch<Chunk, Document>>
  readonly gate: Gate
  /** How many batches, and bytes of them, this one has been given. */
  position: number
  readBytes: number
  isReading: boolean
  /** Set while the gate is held: takes the waiting back. */
  stopWaiting: (() => void) | undefined
}

/** One subscription of the source, from the first subscriber to the last. */
class Run<Chunk, Document> {
  readonly #source: Observable<Batch<Chunk, Document>>
  readonly #options: ShareReplayedOptions
  readonly #onForgotten: (run: Run<Chunk, Document>) => void
  readonly #members = new Set<Member<Chunk, Document>>()
  /** What somebody may still want to read; before `#dropped` batches there were others. */
  readonly #batches: Batch<Chunk, Document>[] = []
  #dropped = 0
  #totalBytes = 0
  #gate: Gate | undefined
  #releaseSource: (() => void) | undefined
  #subscription: Subscription | undefined
  #state: 'idle' | 'running' | 'completed' | 'failed' | 'forgotten' = 'idle'
  #error: unknown
  canJoin = true

  constructor(
    source: Observable<Batch<Chunk, Document>>,
    options: ShareReplayedOptions,
    onForgotten: (run: Run<Chunk, Document>) => void,
  ) {
    this.#source = source
    this.#options = options
    this.#onForgotten = onForgotten
    this.#gate = options.gate
  }

  join(subscriber: Subscriber<Batch<Chunk, Document>>, gate: Gate): void {
    if (!this.canJoin) {
      subscriber.error(
        new ApiError('stream_incomplete', {
          message: 'This answer has grown too long to be joined from its beginning.',
        }),
      )
      return
    }
    const member = {
      subscriber,
      gate,
      position: 0,
      readBytes: 0,
      isReading: false,
      stopWaiting: undefined,
    }
    this.#members.add(member)
    subscriber.add(() => this.#leave(member))
    this.#read(member)
    this.#balance()
    if (this.#state === 'idle') this.#start()
  }

  #start(): void {
    this.#state = 'running'
    const subscription = this.#source.subscribe({
      next: (batch) => this.#push(batch),
      error: (error: unknown) => this.#end('failed', error),
      complete: () => this.#end('completed'),
    })
    // A source that emits while it is subscribed to can be left before there is anything to
    // unsubscribe.
    if (this.#state === 'running') this.#subscription = subscription
    else subscription.unsubscribe()
  }

  #push(batch: Batch<Chunk, Document>): void {
    if (this.#state !== 'running') return
    this.#gate = this.#options.gate ?? batch.gate
    this.#batches.push(batch)
    this.#totalBytes += byteLengthOf(batch)
    if (this.#totalBytes > (this.#options.maxBytes ?? 1024 * 1024)) this.canJoin = false
    for (const member of this.#members) this.#read(member)
    if (!this.canJoin) this.#bound()
    this.#balance()
    // Batches are written at the end of the turn, which is when a slow reader shows; at the next
    // batch it would be one too late.
    if (batch.framing !== 'document') queueMicrotask(this.#look)
  }

  readonly #look = (): void => {
    if (this.#state !== 'running') return
    for (const member of this.#members) if (!member.gate.isOpen) this.#wait(member)
    this.#balance()
  }

  #end(state: 'completed' | 'failed', error?: unknown): void {
    if (this.#state !== 'running') return
    this.#state = state
    this.#error = error
    for (const member of this.#members) this.#read(member)
  }

  /** Hands on what there is for a member, as long as its gate is open. */
  #read(member: Member<Chunk, Document>): void {
    // A subscriber that holds and releases its gate while it is given a batch comes back here.
    if (member.isReading) return
    member.isReading = true
    const { subscriber, gate } = member
    while (!subscriber.closed) {
      const batch = this.#batches[member.position - this.#dropped]
      if (batch === undefined && this.#finish(subscriber)) break
      if (!gate.isOpen) {
        this.#wait(member)
        break
      }
      if (batch === undefined) break
      member.position++
      member.readBytes += byteLengthOf(batch)
      subscriber.next(batch.gate === gate ? batch : new RegatedBatch(batch, gate))
    }
    member.isReading = false
  }

  #finish(subscriber: Subscriber<Batch<Chunk, Document>>): boolean {
    if (this.#state === 'completed') subscriber.complete()
    else if (this.#state === 'failed') subscriber.error(this.#error)
    else return false
    return true
  }

  #wait(member: Member<Chunk, Document>): void {
    if (member.stopWaiting !== undefined) return
    member.stopWaiting = member.gate.whenOpen(() => {
      member.stopWaiting = undefined
      this.#read(member)
      this.#balance()
    })
  }

  /**
   * Holds the source while all members wait. One whose gate is the source's own holds it already,
   * and would wait for itself.
   */
  #balance(): void {
    let isStalled = this.#state === 'running' && this.#members.size > 0
    for (const member of this.#members) {
      if (member.stopWaiting === undefined || member.gate === this.#gate) isStalled = false
    }
    if (isStalled) this.#releaseSource ??= this.#gate?.hold()
    else this.#release()
  }

  #release(): void {
    const release = this.#releaseSource
    this.#releaseSource = undefined
    release?.()
  }

  /**
   * Lets go what all have read, and those who are too far behind. While everyone waits, the source
   * is held and nobody falls further back.
   */
  #bound(): void {
    const limit = this.#options.maxLagBytes ?? 256 * 1024
    const someoneGoesOn = [...this.#members].some((member) => member.stopWaiting === undefined)
    let slowest = this.#dropped + this.#batches.length
    for (const member of this.#members) {
      const isWaiting = member.stopWaiting !== undefined
      if (someoneGoesOn && isWaiting && this.#totalBytes - member.readBytes > limit) {
        member.subscriber.error(
          new ApiError('stream_incomplete', {
            message: 'This answer was read too slowly to be finished.',
          }),
        )
      } else slowest = Math.min(slowest, member.position)
    }
    this.#batches.splice(0, slowest - this.#dropped)
    this.#dropped = slowest
  }

  #leave(member: Member<Chunk, Document>): void {
    member.stopWaiting?.()
    member.stopWaiting = undefined
    this.#members.delete(member)
    if (this.#members.size > 0) {
      this.#balance()
      return
    }
    const isOver = this.#state === 'completed' || this.#state === 'failed'
    if (isOver && this.canJoin) return
    this.#state = 'forgotten'
    this.#release()
    this.#onForgotten(this)
    this.#subscription?.unsubscribe()
  }
}

/** A batch that answers to another gate; its bytes and what has been parsed of them stay shared. */
class RegatedBatch<Chunk, Document> implements Batch<Chunk, Document> {
  readonly #batch: Batch<Chunk, Document>
  readonly gate: Gate

  constructor(batch: Batch<Chunk, Document>, gate: Gate) {
    this.#batch = batch
    this.gate = gate
  }

  get framing(): Batch['framing'] {
    return this.#batch.framing
  }

  get bytes(): Uint8Array {
    return this.#batch.bytes
  }

  get byteLength(): number {
    return byteLengthOf(this.#batch)
  }

  get contentType(): string | undefined {
    return this.#batch.contentType
  }

  get usage(): Batch['usage'] {
    return this.#batch.usage
  }

  chunks(): readonly Chunk[] {
    return this.#batch.chunks()
  }

  document(): Document | undefined {
    return this.#batch.document()
  }

  text(): string {
    return this.#batch.text()
  }

  borrowBytes(): PooledBytes | undefined {
    return this.#batch.borrowBytes?.()
  }
}
