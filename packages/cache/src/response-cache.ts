import {
  ApiError,
  createGate,
  systemClock,
  withCall,
  type Batch,
  type Call,
  type Chunk,
  type Clock,
  type Document,
  type Handler,
  type Interceptor,
  type Operation,
} from '@sluice/core'
import { FailureTeller, tellHost } from '@sluice/core/internal'
import { BufferPool } from '@sluice/sse-stream/internal'
import { shareReplayed } from '@sluice/sse-stream'
import { defer, Observable, tap, type Subscriber } from 'rxjs'
import { ResponseRecorder } from './record/response-recorder.ts'
import { askedForm, type RequestedForm } from './form/requested-form.ts'
import { cacheControlOf, type CacheControl } from './cache-control.ts'
import { isCacheEntry, isOfOtherVersion, type CacheEntry } from './store/cache-entry.ts'
import { cacheableOperations } from './form/cacheable-operations.ts'
import type { CacheOptions } from './cache-options.ts'
import { InFlightCall, FollowerReport } from './record/in-flight-call.ts'
import { FailOpenStore } from './store/fail-open-store.ts'
import { convertForm } from './form/convert-form.ts'
import { isCacheable } from './record/is-cacheable.ts'
import { CacheKeyMemo } from './key/cache-key-memo.ts'
import { memoryCacheStore } from './store/memory-cache-store.ts'
import { replay } from './replay/replay.ts'
import { createReplayIdentity } from './replay/replay-identity.ts'
import { CachedResponse } from './replay/cached-response.ts'
import { tenantOf } from './key/tenant-of.ts'

/** What a cache does with each call. */
export class ResponseCache implements Interceptor {
  readonly name = 'cache'
  readonly phase = 'cache'
  readonly #options: CacheOptions
  readonly #clock: Clock
  readonly #maxEntryBytes: number
  readonly #store: FailOpenStore
  readonly #keys: CacheKeyMemo
  readonly #buffers = new BufferPool()
  readonly #flights = new Map<string, InFlightCall>()
  /** On their way into a store that takes its time. */
  readonly #storing = new Map<string, CacheEntry>()
  /** What has been made ready of an entry lives as long as the store keeps the entry itself. */
  readonly #ready = new WeakMap<CacheEntry, CachedResponse>()

  readonly #failures: FailureTeller

  constructor(options: CacheOptions) {
    this.#failures = new FailureTeller('cache', options.onError)
    const { maxBytes, maxEntries, maxEntryBytes = 2 * 1024 * 1024, clock = systemClock } = options
    this.#options = options
    this.#clock = clock
    this.#maxEntryBytes = maxEntryBytes
    this.#store = new FailOpenStore(
      options.store ?? memoryCacheStore({ maxBytes, maxEntries, maxEntryBytes, clock }),
      {
        timeoutMs: options.storeTimeoutMs ?? 500,
        clock,
        onFailure: this.#onStoreFailure,
      },
    )
    this.#keys = new CacheKeyMemo({
      keyPrefix: options.keyPrefix,
      varyHeaders: (options.varyHeaders ?? ['openai-organization', 'openai-project']).map((name) =>
        name.toLowerCase(),
      ),
    })
  }

  intercept<O extends Operation>(
    call: Call<O>,
    next: Handler,
  ): Observable<Batch<Chunk<O>, Document<O>>> {
    return new Observable<Batch>((subscriber) =>
      this.#answer(call, next, subscriber),
    ) as Observable<Batch<Chunk<O>, Document<O>>>
  }

  #answer(call: Call, next: Handler, subscriber: Subscriber<Batch>): void {
    const control = cacheControlOf(call.headers)
    const key = control.noStore ? undefined : this.#keyOf(call)
    if (key === undefined) {
      call.report.cache = 'BYPASS'
      next(call).subscribe(subscriber)
      return
    }
    if (control.noCache) return this.#ask(key, call, next, subscriber)
    if (this.#joins(key, call, subscriber)) return
    const found = this.#storing.get(key) ?? this.#store.get(key, call)
    if (found instanceof Promise) this.#wait(found, key, control, call, next, subscriber)
    else if (!this.#hits(key, found, control, call, subscriber))
      this.#ask(key, call, next, subscriber)
  }

  /**
   * The key of a call's answer; `undefined` where it is not to be kept. What `cacheable` and
   * `tenant` throw is the answer.
   */
  #keyOf(call: Call): string | undefined {
    if (!cacheableOperations.has(call.operation)) return undefined
    const { shouldCache: cacheable, tenant } = this.#options
    try {
      return isCacheable(cacheable, call)
        ? this.#keys.keyOf(call, tenantOf(call, tenant))
        : undefined
    } catch (error) {
      this.#failures.note(ApiError.from(error), call)
      throw error
    }
  }

  /**
   * A method of its own, because a function that refers to its surroundings costs also where it is
   * not made.
   */
  #wait(
    found: Promise<CacheEntry | undefined>,
    key: string,
    control: CacheControl,
    call: Call,
    next: Handler,
    subscriber: Subscriber<Batch>,
  ): void {
    found
      .then((entry) => {
        if (subscriber.closed || this.#hits(key, entry, control, call, subscriber)) return
        // While the store was asked, somebody else may have set out.
        if (!this.#joins(key, call, subscriber)) this.#ask(key, call, next, subscriber)
      })
      .catch((error: unknown) => subscriber.error(error))
  }

  #hits(
    key: string,
    entry: CacheEntry | undefined,
    { maxAgeMs }: CacheControl,
    call: Call,
    subscriber: Subscriber<Batch>,
  ): boolean {
    const asked = askedForm(call)
    const answer = this.#readyAnswer(key, entry, call, asked)
    if (answer === undefined) return false
    const { storedAtMs, provider, model, droppedParams } = answer.entry
    const ageMs = Math.max(0, this.#clock.wall() - storedAtMs)
    if (ageMs >= this.#options.ttlMs || ageMs > maxAgeMs) return false
    const { report } = call
    report.cache = 'HIT'
    if (provider !== null) report.provider = provider
    if (model !== null) report.model = model
    if (droppedParams.length > 0) report.droppedParams = [...droppedParams]
    replay(answer, asked, createReplayIdentity(this.#clock), call.gate, this.#buffers, subscriber)
    return true
  }

  /** The entry, ready to be replayed as asked. One that is foreign, old or damaged is deleted. */
  #readyAnswer(
    key: string,
    entry: CacheEntry | undefined,
    call: Call,
    asked: RequestedForm,
  ): CachedResponse | undefined {
    if (entry === undefined || entry === null) return undefined
    const { operation } = call
    // An error costs more than all else about a hit, so it is made where there is one.
    let damage: unknown
    try {
      const ready = this.#ready.get(entry)
      const answer = ready?.entry.operation === operation ? ready : this.#checked(entry, operation)
      answer?.prepare(asked.streamed)
      if (answer !== undefined) return answer
    } catch (error) {
      // Its bytes cannot be read: as good as none.
      damage = error
    }
    if (!isOfOtherVersion(entry)) {
      this.#onStoreFailure(damage ?? new TypeError('The cache store gave what is no entry.'), call)
    }
    void this.#store.delete(key, call)
    return undefined
  }

  #checked(entry: CacheEntry, operation: Operation): CachedResponse | undefined {
    if (!isCacheEntry(entry, operation)) return undefined
    const answer = new CachedResponse(entry)
    this.#ready.set(entry, answer)
    return answer
  }

  /** Joins a call under way. */
  #joins(key: string, call: Call, subscriber: Subscriber<Batch>): boolean {
    const flight = this.#flights.get(key)
    if (flight?.answer?.canJoin !== true) return false
    call.report.cache = 'COALESCED'
    flight.answer
      .join(call.gate)
      .pipe(
        tap(new FollowerReport(call.report, flight.call.report)),
        convertForm(flight.came, askedForm(call), call.gate),
      )
      .subscribe(subscriber)
    return true
  }

  /** Asks the upstream, in a way that others can join, and keeps what comes of it. */
  #ask(key: string, call: Call, next: Handler, subscriber: Subscriber<Batch>): void {
    call.report.cache = 'MISS'
    const gate = createGate()
    const recorder = new ResponseRecorder({
      operation: cacheableOperations.get(call.operation)!,
      maxEntryBytes: this.#maxEntryBytes,
      toolCalls: this.#options.cacheToolCalls === true,
    })
    const flight = new InFlightCall(key, call, recorder, this.#onEnd)
    const source = defer((): Observable<Batch> => next(withCall(call, { gate }))).pipe(tap(flight))
    const answer = shareReplayed({ gate, maxBytes: this.#maxEntryBytes })(source)
    flight.answer = answer
    if (this.#flights.get(key)?.answer?.canJoin !== true) this.#flights.set(key, flight)
    answer.join(call.gate).subscribe(subscriber)
  }

  readonly #onStoreFailure = (cause: unknown, call: Call): void => {
    const { onStoreError } = this.#options
    tellHost(onStoreError, cause)
    if (onStoreError !== undefined && !this.#failures.hasListener) return
    const message = 'The store of the cache failed; the call went on without it.'
    this.#failures.tell(new ApiError('overloaded', { message, cause }), call)
  }

  readonly #onEnd = (flight: InFlightCall, isWhole: boolean): void => {
    const { key, call, recorder } = flight
    if (isWhole) this.#keep(key, recorder.finish(call, this.#clock.wall()), call)
    if (this.#flights.get(key) === flight) this.#flights.delete(key)
  }

  #keep(key: string, entry: CacheEntry | undefined, call: Call): void {
    if (entry === undefined) return
    const stored = this.#store.set(key, entry, this.#options.ttlMs, call)
    if (!(stored instanceof Promise)) return
    this.#storing.set(key, entry)
    void stored.then(() => {
      if (this.#storing.get(key) === entry) this.#storing.delete(key)
    })
  }
}
