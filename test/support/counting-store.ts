import { memoryLimitStore, type Lease, type LimitStore } from '@sluice/rate-limit'

/** Limits in memory, with the leases that have not ended. */
export function countingStore(): LimitStore & {
  readonly leases: number
  readonly ended: number
  /** Leases that were released more than once, or never taken. */
  readonly endedWrongly: number
} {
  const store = memoryLimitStore()
  const open = new Set<Lease>()
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
      if (admission.admitted) open.add(admission.lease)
      return admission
    },
    settle: (lease, tokens) => store.settle(lease, tokens),
    release(lease) {
      if (open.delete(lease)) ended++
      else endedWrongly++
      store.release(lease)
    },
    renew: (leases) => store.renew(leases),
  }
}
