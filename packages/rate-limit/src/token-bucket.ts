/**
 * A bucket that holds what may be spent within a minute and fills without steps, so that there is
 * no window whose edge could be used twice. The level is as of `atMs`; below 0 it is a debt.
 * Amounts are requests or tokens.
 */
export class TokenBucket {
  /**
   * Begins as what is no whole number: when one that was whole so far has a fraction for the first
   * time, V8 throws away all the code that it made for it.
   */
  level = Number.NaN
  atMs = Number.NaN

  constructor(level: number, atMs: number) {
    this.level = level
    this.atMs = atMs
  }
}

const MINUTE_MS = 60_000
/** Refilling adds fractions, and so may miss a whole number by less than this. */
const SLACK = 1e-6

/** A bucket that nothing has been taken from. */
export function fullBucket(perMinute: number, nowMs: number): TokenBucket {
  return new TokenBucket(perMinute, nowMs)
}

/**
 * What is in a bucket now; never more than a minute's worth. A clock that goes back adds nothing.
 */
export function levelAt(bucket: TokenBucket, perMinute: number, nowMs: number): number {
  const elapsedMs = Math.max(0, nowMs - bucket.atMs)
  // Not the lesser of both sums, which would be a whole number where the bucket is full.
  return bucket.level + Math.min(perMinute - bucket.level, (elapsedMs * perMinute) / MINUTE_MS)
}

/**
 * How long until a level has grown to an amount, in whole milliseconds; 0 where it has. Waiting
 * that long is enough.
 */
export function waitMs(level: number, amount: number, perMinute: number): number {
  const missing = amount - level
  if (missing <= SLACK) return 0
  // Half the slack is for this rounding, half for that of the level which will be there by then.
  return Math.ceil(((missing - SLACK / 2) * MINUTE_MS) / perMinute)
}

/**
 * Changes a bucket by an amount, up or down, as of now. What would flow over is lost; a debt is
 * kept.
 */
export function pour(bucket: TokenBucket, amount: number, perMinute: number, nowMs: number): void {
  setLevel(bucket, Math.min(perMinute, levelAt(bucket, perMinute, nowMs) + amount), nowMs)
}

/** Notes what is in a bucket as of now. */
export function setLevel(bucket: TokenBucket, level: number, nowMs: number): void {
  bucket.level = level
  bucket.atMs = Math.max(bucket.atMs, nowMs)
}

/** Whole units in a level, for people: never below 0. */
export function wholeUnits(level: number): number {
  return Math.max(0, Math.floor(level + SLACK))
}
