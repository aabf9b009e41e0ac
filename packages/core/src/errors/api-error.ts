import { errorCodes, type ErrorCode } from './error-codes.ts'
import type { Dialect } from '../wire/dialect.ts'
import type { ErrorObject } from '../wire/error-object.ts'

const BRAND: unique symbol = Symbol.for('sluice.ApiError')

/** The body of a vendor's error, for clients that speak the vendor's own dialect. */
export interface NativeError {
  readonly dialect: Dialect
  /** Without keys, addresses and stack lines. */
  readonly body: unknown
  /** The vendor's own status, where its transport told one. */
  readonly status?: number | undefined
}

/** What is said about a failure beside its code. */
export interface ApiErrorOptions {
  readonly message: string
  readonly param?: string | null | undefined
  /**
   * Replaces the status that belongs to the code, where it is one of 400 to 599; a vendor's own is
   * kept this way.
   */
  readonly status?: number | undefined
  /** Replaces the type that belongs to the code. */
  readonly type?: string | undefined
  /** Replaces the code on the wire with a vendor's own word; `null` where the vendor gave none. */
  readonly wireCode?: string | null | undefined
  /** Response headers, lower-case names. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Milliseconds after which a repeat may succeed. */
  readonly retryAfterMs?: number | undefined
  /** The vendor's own body, where the call was made in the vendor's own dialect. */
  readonly native?: NativeError | undefined
  /** For logs only; never shown to a client. */
  readonly cause?: unknown
}

/**
 * A failure that the client sees, in OpenAI's shape. Its message never holds an upstream's key, URL
 * or raw body; whatever those said is in `cause`.
 */
export class ApiError extends Error {
  readonly [BRAND] = true
  readonly status: number
  readonly type: string
  readonly code: ErrorCode
  readonly wireCode: string | null
  readonly param: string | null
  readonly headers: Readonly<Record<string, string>>
  readonly retryAfterMs: number | undefined
  readonly native: NativeError | undefined

  constructor(code: ErrorCode, options: ApiErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'ApiError'
    this.code = code
    const entry = entryOf(code)
    this.status = isErrorStatus(options.status) ? options.status : entry.status
    this.type = options.type ?? entry.type
    this.wireCode = options.wireCode === undefined ? code : options.wireCode
    this.param = options.param ?? null
    this.headers = options.headers ?? {}
    this.retryAfterMs = options.retryAfterMs
    this.native = options.native
  }

  /** Whether a value is an `ApiError`, of whichever copy of this package. */
  static is(value: unknown): value is ApiError {
    return typeof value === 'object' && value !== null && BRAND in value
  }

  /** Anything thrown, as an `ApiError`: itself, or a 500 that says nothing of the cause. */
  static from(value: unknown): ApiError {
    if (ApiError.is(value)) return value
    return new ApiError('server_error', {
      message: 'The server had an error while processing your request.',
      cause: value,
    })
  }

  /** The body of the answer: `{"error":{"message","type","param","code"}}`. */
  toBody(): { error: ErrorObject } {
    return {
      error: { message: this.message, type: this.type, param: this.param, code: this.wireCode },
    }
  }

  /**
   * Response headers: the error's own, how long to wait, and `x-should-retry: false` where OpenAI's
   * SDKs would repeat in vain.
   */
  toHeaders(): Record<string, string> {
    const headers: Record<string, string> = { ...this.headers }
    if (this.retryAfterMs !== undefined) {
      headers['retry-after'] ??= String(Math.ceil(this.retryAfterMs / 1000))
      headers['retry-after-ms'] ??= String(Math.ceil(this.retryAfterMs))
      // The SDKs ignore waits of more than a minute and would come back at once.
      if (this.retryAfterMs > 60_000) headers['x-should-retry'] ??= 'false'
    }
    if ('retry' in entryOf(this.code)) headers['x-should-retry'] ??= 'false'
    return headers
  }
}

/** Node throws on others than 100 to 999, and clients take what is below 400 for a success. */
function isErrorStatus(status: number | undefined): status is number {
  return Number.isInteger(status) && status! >= 400 && status! < 600
}

/** A host in JavaScript may make up a code, which is then an error of the server. */
function entryOf(code: ErrorCode): (typeof errorCodes)[ErrorCode] {
  return errorCodes[Object.hasOwn(errorCodes, code) ? code : 'server_error']
}
