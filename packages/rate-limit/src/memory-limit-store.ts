import {
  beginRing,
  checkOptions,
  option,
  putLast,
  systemClock,
  takeOut,
  type Clock,
  type RingMember,
} from '@sluice/core'
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
import { fullBucket, levelAt, pour, setLevel, TokenBucket, waitMs, wholeUnits } from './token-bucket.ts'

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
 * Keeps limits in memory, for one process. It starts no timers: what has expired is swept when somebody next asks.
 * Beyond `maxKeys` callers it forgets the one that has been away longest and has nothing running, so that nobody can
 * fill the memory with made-up names.
 *
 * @throws ConfigError `ERR_RATE_LIMIT_OPTIONS`
 */
export function memoryLimitStore(options: MemoryLimitStoreOptions = {}): MemoryLimitStore {
  checkOptions('memoryLimitStore', 'ERR_RATE_LIMIT_OPTIONS', options, {
    maxKeys: option.positive,
    leaseMs: option.positive,
    clock: option.object,
  })
  return new MemoryStore(options.clock ?? systemClock, options.maxKeys ?? 100_000, options.leaseMs ?? 60_000)
}

/** A guess at when a slot becomes free. */
const SLOT_RETRY_MS = 1000
/** Old callers looked at for each new one: more than one, so that the memory shrinks again. */
const SWEEP = 4

interface Caller {
  requests: TokenBucket
  tokens: TokenBucket
  limits: Limits
  running: number
}

/** In a ring, in the order of their expiry; out of it once it has ended, when it refers to no other any more. */
class RunningLease implements RingMember<RunningLease> {
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
  /** In the order of their last visit. */
  readonly #callers = new Map<string, Caller>()
  /**
   * Before the first lease and behind the last. All live equally long, so that their order is that of their renewal. They
   * are in no Map: one that is added to and taken from with each request leaves a trail of its tables, of which each keeps
   * the next from the collector of young objects.
   */
  readonly #ends = new RunningLease(undefined, 0)
  /** The caller that came last, which is the last of them all. */
  #latest: Caller | undefined

  constructor(clock: Clock, maxKeys: number, leaseMs: number) {
    this.#clock = clock
    this.#maxKeys = maxKeys
    this.leaseMs = leaseMs
    beginRing(this.#ends)
  }

  get size(): number {
    return this.#callers.size
  }

  acquire(request: LeaseRequest): Admission {
    assertLeaseRequest(request)
    const { key, limits, tokens } = request
    const now = this.#clock.now()
    this.#endExpired(now)
    const caller = this.#visit(key, limits, now)
    const { requestsPerMinute, tokensPerMinute, concurrency } = limits
    const requestLevel = levelAt(caller.requests, requestsPerMinute, now)
    const tokenLevel = levelAt(caller.tokens, tokensPerMinute, now)
    const requestsMs = requestsPerMinute === 0 ? 0 : waitMs(requestLevel, 1, requestsPerMinute)
    const tokensMs = tokensPerMinute === 0 ? 0 : waitMs(tokenLevel, tokens, tokensPerMinute)
    const slotMs = concurrency > 0 && caller.running >= concurrency ? SLOT_RETRY_MS : 0
    const retryAfterMs = Math.max(requestsMs, tokensMs, slotMs)
    if (retryAfterMs > 0) {
      const by = retryAfterMs === requestsMs ? 'requests' : retryAfterMs === tokensMs ? 'tokens' : 'concurrency'
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
    caller.running++
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
      takeOut(lease)
      this.#add(lease, now)
    }
  }

  /** Lets a lease run from now on, behind all others. */
  #add(lease: RunningLease, now: number): void {
    lease.expiresAtMs = now + this.leaseMs
    putLast(this.#ends, lease)
  }

  #end(lease: RunningLease): void {
    takeOut(lease)
    lease.caller!.running--
    if (!lease.settled) this.#giveBack(lease, lease.reserved)
  }

  #giveBack({ caller }: RunningLease, tokens: number): void {
    const { tokensPerMinute } = caller!.limits
    if (tokensPerMinute > 0 && tokens !== 0) pour(caller!.tokens, tokens, tokensPerMinute, this.#clock.now())
  }

  #endExpired(now: number): void {
    for (let first = this.#ends.next!; first.expiresAtMs <= now; first = this.#ends.next!) this.#end(first)
  }

  /** The caller of a key, now the one that was here last. */
  #visit(key: string, limits: Limits, now: number): Caller {
    let caller = this.#callers.get(key)
    if (caller === undefined) {
      this.#sweep(now)
      caller = {
        requests: fullBucket(limits.requestsPerMinute, now),
        tokens: fullBucket(limits.tokensPerMinute, now),
        limits,
        running: 0,
      }
    } else {
      if (caller.limits !== limits) adopt(caller, limits, now)
      if (caller === this.#latest) return caller
      this.#callers.delete(key)
    }
    this.#callers.set(key, caller)
    this.#latest = caller
    return caller
  }

  #sweep(now: number): void {
    let looks = SWEEP
    for (const [key, caller] of this.#callers) {
      if (looks-- === 0) return
      const forgettable = caller.running === 0 && (this.#callers.size >= this.#maxKeys || isFull(caller, now))
      if (forgettable) this.#callers.delete(key)
    }
  }
}

function isRunning(lease: Lease): lease is RunningLease {
  return lease instanceof RunningLease && lease.next !== undefined
}

/**
 * A caller's limits may change between two requests; a bucket that is switched on or grows starts with what it has, a
 * smaller one is cut.
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

/** A caller with full buckets and nothing running is as good as one who has never been here. */
function isFull({ requests, tokens, limits }: Caller, now: number): boolean {
  const { requestsPerMinute, tokensPerMinute } = limits
  return (
    levelAt(requests, requestsPerMinute, now) >= requestsPerMinute &&
    levelAt(tokens, tokensPerMinute, now) >= tokensPerMinute
  )
}

/** What callers are told of a bucket; one that is off has nothing to tell. */
function stateOf(level: number, limit: number): BucketState | undefined {
  if (limit === 0) return undefined
  return { limit, remaining: wholeUnits(level), resetMs: waitMs(level, limit, limit) }
}
