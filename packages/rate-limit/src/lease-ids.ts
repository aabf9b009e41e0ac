/**
 * Makes names for leases, no two alike: their beginning is random, so that those of several processes do not meet in
 * one store, and the rest is counted, which costs a call less than drawing.
 */
export function leaseIds(): () => string {
  const beginning = globalThis.crypto.randomUUID()
  let count = 0
  return () => `${beginning}:${count++}`
}
