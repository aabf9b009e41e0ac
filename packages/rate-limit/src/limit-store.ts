/** What a caller may do; 0 switches a limit off. Whole numbers. */
export interface Limits {
  readonly requestsPerMinute: number
  /** Prompt and completion together. */
  readonly tokensPerMinute: number
  /** Requests that have not ended yet. */
  readonly concurrency: number
}

/** One request that asks to be let in. */
export interface LeaseRequest {
  /** Whose buckets to take from. */
  readonly key: string
  readonly limits: Limits
  /** Tokens to reserve: at least 1, and where `tokensPerMinute` is on, at most that. */
  readonly tokens: number
}

/** How a bucket stands after the decision. */
export interface BucketState {
  readonly limit: number
  readonly remaining: number
  /** Until the bucket is full again, if nothing more is taken. */
  readonly resetMs: number
}

/** The buckets that are on. */
export interface BucketStates {
  readonly requests?: BucketState | undefined
  readonly tokens?: BucketState | undefined
}

/**
 * What was taken for one request. The store that gave it knows what it is; others only hand it
 * back.
 */
export type Lease = object

/** Let in: a request, the tokens and a slot are taken until the lease ends. */
export interface Admitted extends BucketStates {
  readonly admitted: true
  readonly lease: Lease
}

/** Kept out: nothing has been taken. */
export interface Refused extends BucketStates {
  readonly admitted: false
  /** What was short; where several were, the one to wait for longest. */
  readonly by: 'requests' | 'tokens' | 'concurrency'
  /**
   * Waiting this long is enough for the buckets. When a slot becomes free nobody knows; for
   * `concurrency` it is a guess.
   */
  readonly retryAfterMs: number
}

/** What a store decided. */
export type Admission = Admitted | Refused

/**
 * Keeps the buckets and the leases. Methods answer at once or promise to; a caller that need not
 * wait should not.
 *
 * A lease begins with `acquire` and ends with `release`, at most once each. One that is neither
 * released nor renewed for `leaseMs` belongs to a process that is gone: the store ends it as
 * `release` would. Unknown and ended leases are passed over in silence. Amounts that are not whole
 * numbers in range are refused with a `TypeError`, and nothing changes.
 */
export interface LimitStore {
  /** How long a lease lives without being renewed, in milliseconds. */
  readonly leaseMs: number
  /** Takes all that a request needs in one step, or nothing. */
  acquire(request: LeaseRequest): Admission | Promise<Admission>
  /**
   * Puts what was really spent in place of what a lease has reserved; more than that makes a debt.
   * Only the first time counts.
   */
  settle(lease: Lease, actualTokens: number): void | Promise<void>
  /**
   * Frees the slot. The reserved tokens of a lease that was not settled go back, its request does
   * not.
   */
  release(lease: Lease): void | Promise<void>
  /** Begins `leaseMs` anew. */
  renew(leases: readonly Lease[]): void | Promise<void>
}

/** @throws TypeError where a request's numbers are not what the contract says. */
export function assertLeaseRequest({ key, limits, tokens }: LeaseRequest): void {
  const { requestsPerMinute, tokensPerMinute, concurrency } = limits
  if (typeof key !== 'string') throw new TypeError('A lease needs a key.')
  if (!isAmount(requestsPerMinute) || !isAmount(tokensPerMinute) || !isAmount(concurrency)) {
    throw new TypeError('A limit is a whole number, 0 or more.')
  }
  if (!isAmount(tokens) || tokens === 0)
    throw new TypeError('A lease reserves a whole number of tokens above 0.')
  if (tokensPerMinute > 0 && tokens > tokensPerMinute) {
    throw new TypeError('A lease cannot reserve more tokens than the bucket holds.')
  }
}

/** @throws TypeError where a number of spent tokens is not what the contract says. */
export function assertSpent(tokens: number): void {
  if (!isAmount(tokens)) throw new TypeError('Spent tokens are a whole number, 0 or more.')
}

/** Whether a number can be a limit or an amount: whole, exact, not negative. */
export function isAmount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
