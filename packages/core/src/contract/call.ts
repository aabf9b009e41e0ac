import { randomHex } from '../internal/random-hex.ts'
import type { ApiError } from '../errors/api-error.ts'
import { describe, nearest } from '../internal/check-options.ts'
import { ConfigError } from '../errors/config-error.ts'
import { ContextMap, type ContextValues } from './context-values.ts'
import { createGate, type Gate } from './gate.ts'
import { operations, type Operation, type Params } from './operation.ts'
import type { Principal } from './principal.ts'

/**
 * What the stages learned while they served a call. `endpoints` turns it into response headers;
 * pipelines may read it.
 */
export interface CallReport {
  /** Id of the provider that answered. */
  provider?: string
  /** The model as it was named to that provider. */
  model?: string
  /** Upstream requests made for this call. */
  attempts: number
  /** What the cache did. */
  cache?: 'HIT' | 'MISS' | 'COALESCED' | 'BYPASS'
  /** Params that the provider cannot carry and left out. */
  droppedParams: string[]
  /** Further response headers, lower-case names. */
  headers: Record<string, string>
  /** Typed values that interceptors leave for one another: see `createContextKey`. */
  readonly context: ContextValues
  /** Hears of failures that the call survives, such as a cache's store that is down. */
  readonly onError?: ErrorListener | undefined
}

/**
 * One operation with its params, on its way through the handlers. Immutable but for `report`;
 * derive changed ones with `withCall`.
 */
export interface Call<O extends Operation = Operation> {
  readonly operation: O
  /** The client's request body as it was parsed. Never changed in place. */
  readonly params: Params<O>
  /** The model to ask for: first what the client named, after routing what the upstream knows. */
  readonly model: string
  /**
   * The bytes that a client sent, with the params they were parsed to. They may stand in for
   * `params` only while both are the same object.
   */
  readonly body?: { readonly bytes: Uint8Array; readonly params: unknown } | undefined
  readonly principal?: Principal | undefined
  /** Request headers that stages may honour, lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Unique name of this call in headers and logs. */
  readonly requestId: string
  /** Flow control: hold it to make the source wait. */
  readonly gate: Gate
  readonly report: CallReport
}

/** Where a failure was met. */
export interface ErrorContext {
  /** The factory that made the stage: `bearerAuth`, `rateLimit`, `cache`, `endpoints`, … */
  readonly stage: string
  /** Absent where a failure belongs to no request, as one of a store that renews leases. */
  readonly requestId?: string | undefined
  /** Absent where the request failed before there was a call. */
  readonly call?: Call | undefined
}

/**
 * Hears of failures, for logs and alarms; every factory takes one as `onError`. What was thrown is
 * in `error.cause`. What a listener throws or rejects with is ignored.
 */
export type ErrorListener = (error: ApiError, context: ErrorContext) => void

/**
 * A call of whichever operation. Looking at `operation` tells the type of its params: where it is
 * `chat.completions`, they have `messages`.
 */
export type AnyCall = { [O in Operation]: Call<O> }[Operation]

/** What may be said about a call beside operation and params. */
export interface CallOptions {
  readonly model?: string | undefined
  readonly body?: Uint8Array | undefined
  readonly principal?: Principal | undefined
  readonly headers?: Readonly<Record<string, string | string[] | undefined>> | undefined
  readonly requestId?: string | undefined
  readonly gate?: Gate | undefined
  /** Hears of failures of stages that have no listener of their own and that the call survives. */
  readonly onError?: ErrorListener | undefined
}

/**
 * Makes a call, ready to be handed to a handler.
 *
 * @throws ConfigError `ERR_CORE_CALL` for an operation that there is none of, and for params that
 * are no object
 */
export function call<O extends Operation>(
  operation: O,
  params: Params<O>,
  options: CallOptions = {},
): Call<O> {
  if (!operations.has(operation) || typeof params !== 'object' || params === null)
    refuseCall(operation, params)
  const named = (params as { model?: unknown }).model
  return new CallImpl(
    operation,
    params,
    options.model ?? (typeof named === 'string' ? named : ''),
    options.body === undefined ? undefined : new Body(options.body, params),
    options.principal,
    options.headers ?? {},
    options.requestId ?? createRequestId(),
    options.gate ?? createGate(),
    new Report(options.onError),
  )
}

function refuseCall(operation: unknown, params: unknown): never {
  const known = [...operations]
  const message =
    typeof operation !== 'string'
      ? `call() takes an operation first, then its params: call('chat.completions', { model, messages }).`
      : !operations.has(operation)
        ? `call() knows no operation \`${operation}\`. Did you mean \`${nearest(operation, known)}\`? There are: ${known.join(', ')}.`
        : `call('${operation}') takes an object of params second, but got ${describe(params)}.`
  throw new ConfigError('ERR_CORE_CALL', message)
}

/**
 * The same call with some of it changed. The report stays shared, so that what a later stage learns
 * is seen by the first.
 */
export function withCall<O extends Operation>(
  original: Call<O>,
  changes: Partial<Pick<Call<O>, 'params' | 'model' | 'principal' | 'gate' | 'headers'>>,
): Call<O> {
  return new CallImpl(
    original.operation,
    changes.params ?? original.params,
    changes.model ?? original.model,
    original.body,
    'principal' in changes ? changes.principal : original.principal,
    changes.headers ?? original.headers,
    original.requestId,
    changes.gate ?? original.gate,
    original.report,
  )
}

/** Made by `new`, as all that refers to a call: see `ForwardingSubscriber`. */
class CallImpl<O extends Operation> implements Call<O> {
  readonly operation: O
  readonly params: Params<O>
  readonly model: string
  readonly body: Call['body']
  readonly principal: Principal | undefined
  readonly headers: Call['headers']
  readonly requestId: string
  readonly gate: Gate
  readonly report: CallReport

  constructor(
    operation: O,
    params: Params<O>,
    model: string,
    body: Call['body'],
    principal: Principal | undefined,
    headers: Call['headers'],
    requestId: string,
    gate: Gate,
    report: CallReport,
  ) {
    this.operation = operation
    this.params = params
    this.model = model
    this.body = body
    this.principal = principal
    this.headers = headers
    this.requestId = requestId
    this.gate = gate
    this.report = report
  }
}

class Body {
  readonly bytes: Uint8Array
  readonly params: unknown

  constructor(bytes: Uint8Array, params: unknown) {
    this.bytes = bytes
    this.params = params
  }
}

class Report implements CallReport {
  attempts = 0
  droppedParams: string[] = []
  headers: Record<string, string> = {}
  readonly onError: ErrorListener | undefined
  #context: ContextMap | undefined

  constructor(onError: ErrorListener | undefined) {
    this.onError = onError
  }

  /** Made when it is asked for: most calls need none. */
  get context(): ContextValues {
    return (this.#context ??= new ContextMap())
  }
}

/** The client's own bytes, where they still say exactly what `params` say. */
export function bodyBytesOf(call: Call): Uint8Array | undefined {
  return call.body !== undefined && call.body.params === call.params ? call.body.bytes : undefined
}

/**
 * A fresh `req_…` id, as OpenAI forms them: 128 random bits. It names a request in headers and logs
 * and opens nothing, so it need not be secret.
 */
export function createRequestId(): string {
  return `req_${randomHex(32)}`
}
