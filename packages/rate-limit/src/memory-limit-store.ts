import { checkOptions, option, systemClock, type Clock } from '@sluice/core'
import { createList, appendToList, removeFromList, type ListNode } from '@sluice/core/internal'
import {
  assertLeaseRequest,
  assertSpent,
  type Admission,
  type BucketState,
  type Lease,
  type LeaseRequest,
  type Limits,
  type LimitStore,
} from './limit-store.ts'
import {
  fullBucket,
  levelAt,
  pour,
  setLevel,
  TokenBucket,
  waitMs,
  wholeUnits,
} from './token-bucket.ts'

/** How a memory store is set up. */
export interface MemoryLimitStoreOptions {
  /** Callers remembered at a time. @defaultValue 100_000 */
  readonly maxKeys?: number | undefined
  /** See `LimitStore.leaseMs`. @defaultValue 60_000 */
  readonly leaseMs?: number | undefined
  readonly clock?: Clock | undefined
}

/** A store in this process's memory: its answers come at once. */
export interface MemoryLimitStore extends LimitStore {
  /** Callers remembered now. */
  readonly size: number
  acquire(request: LeaseRequest): Admission
  settle(lease: Lease, actualTokens: number): void
  release(lease: Lease): void
  renew(leases: readonly Lease[]): void
}

/**
 * Keeps limits in memory, for one process. It starts no timers: what has expired is swept when
 * somebody next asks. Beyond `maxKeys` callers it forgets one that has nothing running, so that
 * nobody can fill the memory with made-up names: of those that have been away longest one whose
 * buckets are full, who loses and gains nothing; where there is none, the one that is nearest to
 * it. Who is forgotten before a minute is over begins anew with full buckets: give `maxKeys` room
 * for all that come within a minute. Callers with something running are never forgotten, and so may
 * be more: as many as there are requests.
 *
 * @throws ConfigError `ERR_RATE_LIMIT_OPTIONS`
 */
export function memoryLimitStore(options: MemoryLimitStoreOptions = {}): MemoryLimitStore {
  checkOptions('memoryLimitStore', 'ERR_RATE_LIMIT_OPTIONS', options, {
    maxKeys: option.positive,
    leaseMs: option.positive,
    clock: option.object,
  })
  return new MemoryStore(
    options.clock ?? systemClock,
    options.maxKeys ?? 100_000,
    options.leaseMs ?? 60_000,
  )
}

/** A guess at when a slot becomes free. */
const SLOT_RETRY_MS = 1000
/** Idle callers looked at for each new one: more than one, so that the memory shrinks again. */
const SWEEP = 4
const NO_LIMITS: Limits = { requestsPerMinute: 0, tokensPerMinute: 0, concurrency: 0 }

/** While it has nothing running it stands in a ring, in the order of the last visits. */
class Caller implements ListNode<Caller> {
  readonly key: string
  requests: TokenBucket
  tokens: TokenBucket
  limits: Limits
  running = 0
  previous: Caller | undefined = undefined
  next: Caller | undefined = undefined

  constructor(key: string, limits: Limits, nowMs: number) {
    this.key = key
    this.requests = fullBucket(limits.requestsPerMinute, nowMs)
    this.tokens = fullBucket(limits.tokensPerMinute, nowMs)
    this.limits = limits
  }
}

/**
 * In a ring, in the order of their expiry; out of it once it has ended, when it refers to no other
 * any more.
 */
class RunningLease implements ListNode<RunningLease> {
  readonly caller: Caller | undefined
  readonly reserved: number
  settled = false
  expiresAtMs = Infinity
  previous: RunningLease | undefined = undefined
  next: RunningLease | undefined = undefined

  constructor(caller: Caller | undefined, reserved: number) {
    this.caller = caller
    this.reserved = reserved
  }
}

class MemoryStore implements MemoryLimitStore {
  readonly leaseMs: number
  readonly #clock: Clock
  readonly #maxKeys: number
  readonly #callers = new Map<string, Caller>()
  /** Before the first and behind the last of the callers with nothing running. */
  readonly #idle = new Caller('', NO_LIMITS, 0)
  /**
   * Before the first lease and behind the last. All live equally long, so that their order is that
   * of their renewal. They are in no Map: one that is added to and taken from with each request
   * leaves a trail of its tables, of which each keeps the next from the collector of young objects.
   */
  readonly #ends = new RunningLease(undefined, 0)
  constructor(clock: Clock, maxKeys: number, leaseMs: number) {
    this.#clock = clock
    this.#maxKeys = maxKeys
    this.leaseMs = leaseMs
    createList(this.#ends)
    createList(this.#idle)
  }

  get size(): number {
    return this.#callers.size
  }

  acquire(request: LeaseRequest): Admission {
    assertLeaseRequest(request)
    const { key, limits, tokens } = request
    const now = this.#clock.now()
    this.#endExpired(now)
    const caller = this.#callerOf(key, limits, now)
    const { requestsPerMinute, tokensPerMinute, concurrency } = limits
    const requestLevel = levelAt(caller.requests, requestsPerMinute, now)
    const tokenLevel = levelAt(caller.tokens, tokensPerMinute, now)
    const requestsMs = requestsPerMinute === 0 ? 0 : waitMs(requestLevel, 1, requestsPerMinute)
    const tokensMs = tokensPerMinute === 0 ? 0 : waitMs(tokenLevel, tokens, tokensPerMinute)
    const slotMs = concurrency > 0 && caller.running >= concurrency ? SLOT_RETRY_MS : 0
    const retryAfterMs = Math.max(requestsMs, tokensMs, slotMs)
    if (retryAfterMs > 0) {
      if (caller.running === 0) this.#putIdle(caller)
      const by =
        retryAfterMs === requestsMs
          ? 'requests'
          : retryAfterMs === tokensMs
            ? 'tokens'
            : 'concurrency'
      return {
        admitted: false,
        by,
        retryAfterMs,
        requests: stateOf(requestLevel, requestsPerMinute),
        tokens: stateOf(tokenLevel, tokensPerMinute),
      }
    }
    setLevel(caller.requests, requestLevel - 1, now)
    setLevel(caller.tokens, tokenLevel - tokens, now)
    if (caller.running++ === 0 && caller.next !== undefined) removeFromList(caller)
    const lease = new RunningLease(caller, tokens)
    this.#add(lease, now)
    return {
      admitted: true,
      lease,
      requests: stateOf(requestLevel - 1, requestsPerMinute),
      tokens: stateOf(tokenLevel - tokens, tokensPerMinute),
    }
  }

  settle(lease: Lease, actualTokens: number): void {
    assertSpent(actualTokens)
    if (!isRunning(lease) || lease.settled) return
    lease.settled = true
    this.#giveBack(lease, lease.reserved - actualTokens)
  }

  release(lease: Lease): void {
    if (isRunning(lease)) this.#end(lease)
  }

  renew(leases: readonly Lease[]): void {
    const now = this.#clock.now()
    for (const lease of leases) {
      if (!isRunning(lease)) continue
      removeFromList(lease)
      this.#add(lease, now)
    }
  }

  /** Lets a lease run from now on, behind all others. */
  #add(lease: RunningLease, now: number): void {
    lease.expiresAtMs = now + this.leaseMs
    appendToList(this.#ends, lease)
  }

  #end(lease: RunningLease): void {
    removeFromList(lease)
    const caller = lease.caller!
    if (--caller.running === 0) this.#putIdle(caller)
    if (!lease.settled) this.#giveBack(lease, lease.reserved)
  }

  #giveBack({ caller }: RunningLease, tokens: number): void {
    const { tokensPerMinute } = caller!.limits
    if (tokensPerMinute > 0 && tokens !== 0)
      pour(caller!.tokens, tokens, tokensPerMinute, this.#clock.now())
  }

  #endExpired(now: number): void {
    for (let first = this.#ends.next!; first.expiresAtMs <= now; first = this.#ends.next!)
      this.#end(first)
  }

  #callerOf(key: string, limits: Limits, now: number): Caller {
    let caller = this.#callers.get(key)
    if (caller === undefined) {
      this.#sweep(now)
      caller = new Caller(key, limits, now)
      this.#callers.set(key, caller)
    } else if (caller.limits !== limits) adopt(caller, limits, now)
    return caller
  }

  /** Puts a caller behind all others that are idle. */
  #putIdle(caller: Caller): void {
    if (caller.next !== undefined) removeFromList(caller)
    appendToList(this.#idle, caller)
  }

  /** Forgets callers that are as good as new, and one in any case where there is no room. */
  #sweep(now: number): void {
    let fullest: Caller | undefined
    let least = Infinity
    for (let looks = 0; looks < SWEEP; looks++) {
      const caller = this.#idle.next!
      if (caller === this.#idle || caller === fullest) break
      const lack = lackOf(caller, now)
      if (lack === 0) {
        this.#forget(caller)
        continue
      }
      // What is missing from its buckets is to be remembered: it is looked at again when all others
      // have been.
      this.#putIdle(caller)
      if (lack >= least) continue
      least = lack
      fullest = caller
    }
    if (fullest !== undefined && this.#callers.size >= this.#maxKeys) this.#forget(fullest)
  }

  #forget(caller: Caller): void {
    removeFromList(caller)
    this.#callers.delete(caller.key)
  }
}

function isRunning(lease: Lease): lease is RunningLease {
  return lease instanceof RunningLease && lease.next !== undefined
}

/**
 * A caller's limits may change between two requests; a bucket that is switched on or grows starts
 * with what it has, a smaller one is cut.
 */
function adopt(caller: Caller, limits: Limits, now: number): void {
  const { requestsPerMinute, tokensPerMinute } = caller.limits
  if (requestsPerMinute !== limits.requestsPerMinute) {
    caller.requests = resized(caller.requests, requestsPerMinute, limits.requestsPerMinute, now)
  }
  if (tokensPerMinute !== limits.tokensPerMinute) {
    caller.tokens = resized(caller.tokens, tokensPerMinute, limits.tokensPerMinute, now)
  }
  caller.limits = limits
}

function resized(bucket: TokenBucket, before: number, after: number, now: number): TokenBucket {
  if (before === 0) return fullBucket(after, now)
  return new TokenBucket(Math.min(after, levelAt(bucket, before, now)), now)
}

/**
 * What is missing from a caller's buckets, as a part of them. Without anything it is as good as one
 * who has never been here.
 */
function lackOf({ requests, tokens, limits }: Caller, now: number): number {
  const { requestsPerMinute, tokensPerMinute } = limits
  return Math.max(lackIn(requests, requestsPerMinute, now), lackIn(tokens, tokensPerMinute, now))
}

function lackIn(bucket: TokenBucket, perMinute: number, now: number): number {
  return perMinute === 0 ? 0 : Math.max(0, 1 - levelAt(bucket, perMinute, now) / perMinute)
}

/** What callers are told of a bucket; one that is off has nothing to tell. */
function stateOf(level: number, limit: number): BucketState | undefined {
  if (limit === 0) return undefined
  return { limit, remaining: wholeUnits(level), resetMs: waitMs(level, limit, limit) }
}
