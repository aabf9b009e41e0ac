export {
  memoryLimitStore,
  type MemoryLimitStore,
  type MemoryLimitStoreOptions,
} from './memory-limit-store.ts'
export { rateLimit, type RateLimitOptions } from './rate-limit.ts'
export type { LimitBy } from './bucket-key.ts'
export type {
  Admission,
  Admitted,
  BucketState,
  BucketStates,
  Lease,
  LeaseRequest,
  Limits,
  LimitStore,
  Refused,
} from './limit-store.ts'
