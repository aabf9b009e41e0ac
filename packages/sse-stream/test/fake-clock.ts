import type { Clock } from '@sluice/core'

/** A clock that stands still until it is told to go on. */
export function fakeClock(): Clock & { advance(ms: number): void; readonly pending: number } {
  let now = 0
  let sequence = 0
  const timers = new Map<number, { readonly at: number; readonly callback: () => void }>()
  return {
    now: () => now,
    wall: () => 1_700_000_000_000 + now,
    setTimeout(callback, delayMs) {
      timers.set(++sequence, { at: now + delayMs, callback })
      return sequence
    },
    clearTimeout: (timer) => void timers.delete(timer as number),
    advance(ms) {
      const until = now + ms
      for (;;) {
        const due = [...timers]
          .filter(([, timer]) => timer.at <= until)
          .sort(([, a], [, b]) => a.at - b.at)[0]
        if (due === undefined) break
        timers.delete(due[0])
        now = due[1].at
        due[1].callback()
      }
      now = until
    },
    get pending() {
      return timers.size
    },
  }
}
