import { setTimeout } from 'node:timers/promises'

/**
 * Waits until something holds, looking every few milliseconds; false where it still does not after
 * `limitMs`.
 */
export async function until(holds: () => boolean, limitMs = 2000): Promise<boolean> {
  const deadline = performance.now() + limitMs
  while (!holds()) {
    if (performance.now() > deadline) return false
    await setTimeout(5)
  }
  return true
}
