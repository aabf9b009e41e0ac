import {
  checkOptions,
  ConfigError,
  createGate,
  feature,
  option,
  systemClock,
  withCall,
  type Batch,
  type Call,
  type CallReport,
  type Chunk,
  type Clock,
  type Document,
  type Feature,
  type Handler,
  type Interceptor,
  type Operation,
} from '@sluice/core'
import { shareReplayed, type SharedAnswer } from '@sluice/sse-stream'
import { defer, finalize, Observable, tap, type Subscriber } from 'rxjs'
import { AnswerRecorder } from './answer-recorder.ts'
import { askedForm, type AskedForm } from './asked-form.ts'
import { cacheControlOf, type CacheControl } from './cache-control.ts'
import { isCacheEntry, type CacheEntry } from './cache-entry.ts'
import type { CacheStore } from './cache-store.ts'
import { cacheableOperations } from './cacheable-operations.ts'
import { ForgivingStore } from './forgiving-store.ts'
import { inAskedForm } from './in-asked-form.ts'
import { KeyRing } from './key-ring.ts'
import { memoryCacheStore } from './memory-cache-store.ts'
import { replay } from './replay.ts'
import { createStamp } from './stamp.ts'
import { StoredAnswer } from './stored-answer.ts'
import { tenantOf, type TenantOption } from './tenant-of.ts'

/** What is kept, for how long, and for whom. */
export interface CacheOptions {
  /** How long an answer is given again. */
  readonly ttlMs: number
  /** Whose answers are shared, for calls without a principal or by a rule of your own. @defaultValue the principal's tenant; a call without one is refused */
  readonly tenant?: TenantOption | undefined
  /** Whether a call may be answered from the cache at all; for keeping, say, high temperatures out. @defaultValue all calls may */
  readonly cacheable?: ((call: Call) => boolean) | undefined
  /** Whether answers that call tools are kept too. A tool that acts would then act on every repeat. @defaultValue false */
  readonly toolCalls?: boolean | undefined
  /** A longer answer is not kept. @defaultValue 2 MiB */
  readonly maxEntryBytes?: number | undefined
  /** Bound of the store in memory. @defaultValue 64 MiB */
  readonly maxBytes?: number | undefined
  /** Bound of the store in memory. @defaultValue as many as `maxBytes` allows */
  readonly maxEntries?: number | undefined
  /** Where answers are kept. @defaultValue `memoryCacheStore()` with the bounds above */
  readonly store?: CacheStore | undefined
  /** A store that takes longer counts as failed. @defaultValue 500 */
  readonly storeTimeoutMs?: number | undefined
  /** Told of a store's failures; calls go on as if nothing were stored. */
  readonly onStoreError?: ((error: unknown) => void) | undefined
  /** Keeps apart caches on one store; change it when a model name comes to mean another model. */
  readonly namespace?: string | undefined
  /** Request headers that keep answers apart, lower-case names. @defaultValue `['openai-organization', 'openai-project']` */
  readonly varyHeaders?: readonly string[] | undefined
  readonly clock?: Clock | undefined
}

const RULES = {
  ttlMs: option.positive,
  tenant: {
    expected: "'shared' or a function",
    accepts: (value: unknown) => value === 'shared' || typeof value === 'function',
  },
  cacheable: option.function,
  toolCalls: option.boolean,
  maxEntryBytes: option.positive,
  maxBytes: option.positive,
  maxEntries: option.positive,
  store: { expected: 'a store with get, set and delete', accepts: isStore },
  storeTimeoutMs: option.positive,
  onStoreError: option.function,
  namespace: option.string,
  varyHeaders: { expected: 'an array of header names', accepts: Array.isArray },
  clock: option.object,
}

/**
 * Answers a call that has been answered before, streamed or not, from what was kept then; and lets identical calls that come while the first
 * is under way share its one upstream request. Only whole answers that ended of themselves are kept, apart for each tenant. `call.report.cache` says
 * `HIT`, `MISS`, `COALESCED` (shared a request under way) or `BYPASS`; the caller's `Cache-Control: no-cache`, `no-store` and `max-age` are honoured.
 *
 * A hit has a fresh `id` and `created` and the usage of the first time, though no tokens were spent: stages that count tokens look at
 * `call.report.cache`. When a caller of a shared request leaves, the others go on; the upstream is stopped with the last. Its failure reaches all.
 *
 * @throws ConfigError `ERR_CACHE_OPTIONS`; calls fail with `ERR_CACHE_NO_TENANT` where nothing says whose they are.
 * @example app.use('/v1', bearerAuth({ keys }), cache({ ttlMs: 600_000 }), endpoints(openai()))
 */
export function cache(options: CacheOptions): Feature {
  checkOptions('cache', 'ERR_CACHE_OPTIONS', options, RULES)
  if (options.ttlMs === undefined) {
    throw new ConfigError(
      'ERR_CACHE_OPTIONS',
      'cache() needs to know how long to keep answers, for instance cache({ ttlMs: 600_000 }).',
    )
  }
  if (options.store !== undefined && (options.maxBytes ?? options.maxEntries) !== undefined) {
    throw new ConfigError(
      'ERR_CACHE_OPTIONS',
      'cache({ maxBytes, maxEntries }) bound the store in memory. With a store of your own, give its bounds to the store.',
    )
  }
  return feature(new Cache(options))
}

/** A call under way whose answer others may share. */
interface Flight {
  readonly came: AskedForm
  readonly report: CallReport
  readonly answer: SharedAnswer
}

class Cache implements Interceptor {
  readonly name = 'cache'
  readonly phase = 'cache'
  readonly #options: CacheOptions
  readonly #clock: Clock
  readonly #maxEntryBytes: number
  readonly #store: ForgivingStore
  readonly #keys: KeyRing
  readonly #flights = new Map<string, Flight>()
  /** What has been made ready of an entry lives as long as the store keeps the entry itself. */
  readonly #ready = new WeakMap<CacheEntry, StoredAnswer>()

  constructor(options: CacheOptions) {
    const { maxBytes, maxEntries, maxEntryBytes = 2 * 1024 * 1024, clock = systemClock } = options
    this.#options = options
    this.#clock = clock
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
      varyHeaders: options.varyHeaders ?? ['openai-organization', 'openai-project'],
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
    const found = this.#store.get(key)
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
    const answer = this.#readyAnswer(key, entry, call.operation)
    if (answer === undefined) return false
    const { storedAtMs, provider, model, droppedParams } = answer.entry
    const ageMs = Math.max(0, this.#clock.wall() - storedAtMs)
    if (ageMs >= this.#options.ttlMs || ageMs > maxAgeMs) return false
    const { report } = call
    report.cache = 'HIT'
    if (provider !== null) report.provider = provider
    if (model !== null) report.model = model
    report.droppedParams = [...droppedParams]
    replay(answer, askedForm(call), createStamp(this.#clock), call.gate, subscriber)
    return true
  }

  /** The entry, ready to be replayed. One that is foreign, old or damaged is deleted. */
  #readyAnswer(key: string, entry: CacheEntry | undefined, operation: Operation): StoredAnswer | undefined {
    if (entry === undefined || entry === null) return undefined
    const known = typeof entry === 'object' ? this.#ready.get(entry) : undefined
    if (known !== undefined) return known
    try {
      if (isCacheEntry(entry, operation)) {
        const answer = new StoredAnswer(entry)
        this.#ready.set(entry, answer)
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
    const learn = () => {
      const { provider, model, droppedParams } = flight.report
      if (provider !== undefined) call.report.provider = provider
      if (model !== undefined) call.report.model = model
      call.report.droppedParams = [...droppedParams]
    }
    flight.answer
      .join(call.gate)
      .pipe(tap({ next: learn, error: learn }), inAskedForm(flight.came, askedForm(call), call.gate))
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
    let isComplete = false
    const land = () => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key)
    }
    const source = defer((): Observable<Batch> => next(withCall(call, { gate }))).pipe(
      tap({
        next: (batch) => recorder.add(batch),
        complete: () => {
          isComplete = true
          // Until the entry can be found in the store, the answer is still to be had from the flight.
          const kept = this.#keep(key, recorder, call)
          if (kept instanceof Promise) void kept.then(land)
          else land()
        },
      }),
      finalize(() => {
        if (!isComplete) land()
      }),
    )
    const answer = shareReplayed({ gate, maxBytes: this.#maxEntryBytes })(source)
    const flight: Flight = { came: askedForm(call), report: call.report, answer }
    if (this.#flights.get(key)?.answer.canJoin !== true) this.#flights.set(key, flight)
    answer.join(call.gate).subscribe(subscriber)
  }

  #keep(key: string, recorder: AnswerRecorder, call: Call): void | Promise<void> {
    const entry = recorder.finish(call, this.#clock.wall())
    return entry === undefined ? undefined : this.#store.set(key, entry, this.#options.ttlMs)
  }
}

function isStore(value: unknown): boolean {
  const store = value as Partial<CacheStore> | null
  return (
    typeof store === 'object' && [store?.get, store?.set, store?.delete].every((method) => typeof method === 'function')
  )
}
