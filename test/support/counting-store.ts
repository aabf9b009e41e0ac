import { memoryLimitStore, type LimitStore } from '@sluice/rate-limit'

/** Limits in memory, with the leases that have not ended. */
export function countingStore(): LimitStore & {
  readonly leases: number
  readonly ended: number
  /** Leases that were released more than once, or never taken. */
  readonly endedWrongly: number
} {
  const store = memoryLimitStore()
  const open = new Set<string>()
  let [ended, endedWrongly] = [0, 0]
  return {
    leaseMs: store.leaseMs,
    get leases() {
      return open.size
    },
    get ended() {
      return ended
    },
    get endedWrongly() {
      return endedWrongly
    },
    acquire(request) {
      const admission = store.acquire(request)
      if (admission.admitted) open.add(request.leaseId)
      return admission
    },
    settle: (leaseId, tokens) => store.settle(leaseId, tokens),
    release(leaseId) {
      if (open.delete(leaseId)) ended++
      else endedWrongly++
      store.release(leaseId)
    },
    renew: (leaseIds) => store.renew(leaseIds),
  }
}
