/**
 * What only the packages beside this one need. It follows no semantic versioning: a release may
 * change it without a word.
 */
export { byteLengthOf } from './contract/batch.ts'
export { bodyBytesOf, createRequestId } from './contract/call.ts'
export { draftResponse, type ResponseEnvelope } from './http/draft-response.ts'
export { FailureTeller } from './contract/failure-teller.ts'
export { markOwn } from './contract/foreign-interceptor.ts'
export { guardObserver } from './errors/guard-observer.ts'
export { disown, isPromiseLike, tellHost } from './errors/host-callback.ts'
export { idempotencyKey, withIdempotencyPart } from './http/idempotency-key.ts'
export { phases } from './contract/interceptor.ts'
export {
  assertCall,
  assertCalled,
  markFactory,
  markHandler,
  markPart,
  partKind,
  type PartKind,
} from './internal/part-kind.ts'
export { modelNotFound } from './contract/model-rights.ts'
export { timerQueue } from './time/timer-queue.ts'
export { randomHex } from './internal/random-hex.ts'
export { createList, appendToList, removeFromList, type ListNode } from './time/linked-list.ts'
export { findString, isAscii, scanMembers, skipString, skipValue } from './internal/scan-json.ts'
export { scrubSecrets } from './errors/scrub-secrets.ts'
export { headerText, isFreeHeader, varyByKey } from './http/send-error.ts'
export { ForwardingSubscriber } from './internal/forwarding-subscriber.ts'
export { wordTable } from './internal/word-table.ts'
export { dialectOf } from './http/dialect-of.ts'
export { errorBody, errorStatus } from './errors/error-body.ts'
export { BYTES_PER_TOKEN, MAX_CHOICES } from './internal/token-counts.ts'
