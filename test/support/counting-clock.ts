import { systemClock, type Clock, type Timer } from '@sluice/core'

/** The process's own time, which knows how many of its timers are still to come. */
export function countingClock(): Clock & { readonly pending: number } {
  const timers = new Set<Timer>()
  return {
    ...systemClock,
    get pending() {
      return timers.size
    },
    setTimeout(callback, delayMs) {
      const timer = systemClock.setTimeout(() => {
        timers.delete(timer)
        callback()
      }, delayMs)
      timers.add(timer)
      return timer
    },
    clearTimeout(timer) {
      timers.delete(timer)
      systemClock.clearTimeout(timer)
    },
  }
}
