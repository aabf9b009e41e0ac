import {
  createGate,
  systemClock,
  withCall,
  type Batch,
  type Call,
  type CallReport,
  type Chunk,
  type Clock,
  type Document,
  type Handler,
  type Interceptor,
  type Operation,
} from '@sluice/core'
import { TurnBuffers } from '@sluice/sse-stream'
import { shareReplayed, type SharedAnswer } from '@sluice/sse-stream/operators'
import { defer, finalize, Observable, tap, type MonoTypeOperatorFunction, type Subscriber } from 'rxjs'
import { AnswerRecorder } from './answer-recorder.ts'
import { askedForm, type AskedForm } from './asked-form.ts'
import { cacheControlOf, type CacheControl } from './cache-control.ts'
import { isCacheEntry, type CacheEntry } from './cache-entry.ts'
import { cacheableOperations } from './cacheable-operations.ts'
import type { CacheOptions } from './cache-options.ts'
import { ForgivingStore } from './forgiving-store.ts'
import { inAskedForm } from './in-asked-form.ts'
import { KeyRing } from './key-ring.ts'
import { memoryCacheStore } from './memory-cache-store.ts'
import { replay } from './replay.ts'
import { Stamper } from './stamp.ts'
import { StoredAnswer } from './stored-answer.ts'
import { tenantOf } from './tenant-of.ts'

/** A call under way whose answer others may share. */
interface Flight {
  readonly came: AskedForm
  readonly report: CallReport
  readonly answer: SharedAnswer
}

/** What a cache does with each call. */
export class ResponseCache implements Interceptor {
  readonly name = 'cache'
  readonly phase = 'cache'
  readonly #options: CacheOptions
  readonly #clock: Clock
  readonly #maxEntryBytes: number
  readonly #store: ForgivingStore
  readonly #keys: KeyRing
  readonly #stamper: Stamper
  readonly #buffers = new TurnBuffers()
  readonly #flights = new Map<string, Flight>()
  /** On their way into a store that takes its time. */
  readonly #storing = new Map<string, CacheEntry>()
  /** What has been made ready of an entry lives as long as the store keeps the entry itself. */
  readonly #ready = new WeakMap<CacheEntry, StoredAnswer>()

  constructor(options: CacheOptions) {
    const { maxBytes, maxEntries, maxEntryBytes = 2 * 1024 * 1024, clock = systemClock } = options
    this.#options = options
    this.#clock = clock
    this.#stamper = new Stamper(clock)
    this.#maxEntryBytes = maxEntryBytes
    this.#store = new ForgivingStore(
      options.store ?? memoryCacheStore({ maxBytes, maxEntries, maxEntryBytes, clock }),
      {
        timeoutMs: options.storeTimeoutMs ?? 500,
        clock,
        onError: options.onStoreError,
      },
    )
    this.#keys = new KeyRing({
      namespace: options.namespace,
      varyHeaders: (options.varyHeaders ?? ['openai-organization', 'openai-project']).map((name) => name.toLowerCase()),
    })
  }

  intercept<O extends Operation>(call: Call<O>, next: Handler): Observable<Batch<Chunk<O>, Document<O>>> {
    return new Observable<Batch>((subscriber) => this.#answer(call, next, subscriber)) as Observable<
      Batch<Chunk<O>, Document<O>>
    >
  }

  #answer(call: Call, next: Handler, subscriber: Subscriber<Batch>): void {
    const control = cacheControlOf(call.headers)
    const isKept = cacheableOperations[call.operation] !== undefined && this.#options.cacheable?.(call) !== false
    if (!isKept || control.noStore) {
      call.report.cache = 'BYPASS'
      next(call).subscribe(subscriber)
      return
    }
    const key = this.#keys.keyOf(call, tenantOf(call, this.#options.tenant))
    if (control.noCache) return this.#ask(key, call, next, subscriber)
    if (this.#joins(key, call, subscriber)) return
    const found = this.#storing.get(key) ?? this.#store.get(key)
    const go = (entry: CacheEntry | undefined) => {
      if (subscriber.closed || this.#hits(key, entry, control, call, subscriber)) return
      // While the store was asked, somebody else may have set out.
      if (!this.#joins(key, call, subscriber)) this.#ask(key, call, next, subscriber)
    }
    if (found instanceof Promise) found.then(go).catch((error: unknown) => subscriber.error(error))
    else go(found)
  }

  #hits(
    key: string,
    entry: CacheEntry | undefined,
    { maxAgeMs }: CacheControl,
    call: Call,
    subscriber: Subscriber<Batch>,
  ): boolean {
    const asked = askedForm(call)
    const answer = this.#readyAnswer(key, entry, call.operation, asked)
    if (answer === undefined) return false
    const { storedAtMs, provider, model, droppedParams } = answer.entry
    const ageMs = Math.max(0, this.#clock.wall() - storedAtMs)
    if (ageMs >= this.#options.ttlMs || ageMs > maxAgeMs) return false
    const { report } = call
    report.cache = 'HIT'
    if (provider !== null) report.provider = provider
    if (model !== null) report.model = model
    report.droppedParams = [...droppedParams]
    replay(answer, asked, this.#stamper.next(), call.gate, this.#buffers, subscriber)
    return true
  }

  /** The entry, ready to be replayed as asked. One that is foreign, old or damaged is deleted. */
  #readyAnswer(
    key: string,
    entry: CacheEntry | undefined,
    operation: Operation,
    asked: AskedForm,
  ): StoredAnswer | undefined {
    if (entry === undefined || entry === null) return undefined
    try {
      if (isCacheEntry(entry, operation)) {
        let answer = this.#ready.get(entry)
        if (answer === undefined) this.#ready.set(entry, (answer = new StoredAnswer(entry)))
        answer.prepare(asked.streamed)
        return answer
      }
    } catch {
      // Its bytes cannot be read: as good as none.
    }
    void this.#store.delete(key)
    return undefined
  }

  /** Joins a call under way. */
  #joins(key: string, call: Call, subscriber: Subscriber<Batch>): boolean {
    const flight = this.#flights.get(key)
    if (flight === undefined || !flight.answer.canJoin) return false
    call.report.cache = 'COALESCED'
    flight.answer
      .join(call.gate)
      .pipe(reportedTo(call.report, flight.report), inAskedForm(flight.came, askedForm(call), call.gate))
      .subscribe(subscriber)
    return true
  }

  /** Asks the upstream, in a way that others can join, and keeps what comes of it. */
  #ask(key: string, call: Call, next: Handler, subscriber: Subscriber<Batch>): void {
    call.report.cache = 'MISS'
    const gate = createGate()
    const recorder = new AnswerRecorder({
      operation: cacheableOperations[call.operation]!,
      maxEntryBytes: this.#maxEntryBytes,
      toolCalls: this.#options.toolCalls === true,
    })
    const land = () => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key)
    }
    const source = defer((): Observable<Batch> => next(withCall(call, { gate }))).pipe(
      tap({
        next: (batch) => recorder.add(batch),
        complete: () => {
          this.#keep(key, recorder.finish(call, this.#clock.wall()))
          land()
        },
      }),
      finalize(land),
    )
    const answer = shareReplayed({ gate, maxBytes: this.#maxEntryBytes })(source)
    const flight: Flight = { came: askedForm(call), report: call.report, answer }
    if (this.#flights.get(key)?.answer.canJoin !== true) this.#flights.set(key, flight)
    answer.join(call.gate).subscribe(subscriber)
  }

  #keep(key: string, entry: CacheEntry | undefined): void {
    if (entry === undefined) return
    const stored = this.#store.set(key, entry, this.#options.ttlMs)
    if (!(stored instanceof Promise)) return
    this.#storing.set(key, entry)
    void stored.then(() => {
      if (this.#storing.get(key) === entry) this.#storing.delete(key)
    })
  }
}

/** Tells a caller who answered, once the call that it shares knows. */
function reportedTo(report: CallReport, source: CallReport): MonoTypeOperatorFunction<Batch> {
  let isKnown = false
  const learn = () => {
    if (isKnown) return
    isKnown = true
    if (source.provider !== undefined) report.provider = source.provider
    if (source.model !== undefined) report.model = source.model
    report.droppedParams = [...source.droppedParams]
  }
  return tap({ next: learn, error: learn })
}
