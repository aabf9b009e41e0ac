import type { Admission } from './limit-store.ts'

/** Whether what a store gave is a decision of the documented form. */
export function isAdmission(value: unknown): value is Admission {
  if (typeof value !== 'object' || value === null) return false
  const { admitted, lease, by, retryAfterMs, requests, tokens } = value as Readonly<
    Record<string, unknown>
  >
  if (!isState(requests) || !isState(tokens)) return false
  if (admitted === true) return typeof lease === 'object' && lease !== null
  return (
    admitted === false &&
    (by === 'requests' || by === 'tokens' || by === 'concurrency') &&
    isQuantity(retryAfterMs)
  )
}

/** A bucket may be off; a store that sends its answers as JSON says `null` then. */
function isState(value: unknown): boolean {
  if (value === undefined || value === null) return true
  if (typeof value !== 'object') return false
  const { limit, remaining, resetMs } = value as Readonly<Record<string, unknown>>
  return isQuantity(limit) && isQuantity(remaining) && isQuantity(resetMs)
}

function isQuantity(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value !== Infinity
}
