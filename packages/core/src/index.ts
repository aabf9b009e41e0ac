export { ApiError, type ApiErrorOptions, type NativeError } from './errors/api-error.ts'
export type { Batch, PooledBytes } from './contract/batch.ts'
export {
  call,
  withCall,
  type AnyCall,
  type Call,
  type CallOptions,
  type CallReport,
  type ErrorContext,
  type ErrorListener,
} from './contract/call.ts'
export { checkOptions, option, type OptionRule } from './internal/check-options.ts'
export { systemClock, type Clock, type Timer } from './time/clock.ts'
export { compose } from './contract/compose.ts'
export { ConfigError } from './errors/config-error.ts'
export { errorCodes, type ErrorCode, type ErrorType } from './errors/error-codes.ts'
export { exchangeOf, type Exchange } from './contract/exchange.ts'
export { defineMiddleware, type SluiceMiddleware } from './http/define-middleware.ts'
export { createContextKey, type ContextKey, type ContextValues } from './contract/context-values.ts'
export { createGate, type Gate } from './contract/gate.ts'
export type { Handler } from './contract/handler.ts'
export type { Interceptor, Phase } from './contract/interceptor.ts'
export type { Middleware } from './contract/middleware.ts'
export type { Chunk, Document, Operation, Operations, Params } from './contract/operation.ts'
export { mayUseModel, type Principal } from './contract/principal.ts'
export type { ResponseStore, StoredResponse } from './contract/response-store.ts'
export { sendError } from './http/send-error.ts'
