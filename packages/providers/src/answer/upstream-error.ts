import { ApiError, scrubSecrets, wordTable, type ErrorCode } from '@sluice/core'

/** What a vendor's error body says, in whatever shape: OpenAI's, Anthropic's, Gemini's array, xAI's, a bare code and message. */
export interface VendorError {
  readonly message: string | undefined
  readonly type: string | undefined
  readonly code: string | undefined
  readonly param: string | undefined
  /** A status that the body itself names. */
  readonly status: number | undefined
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)
/** A code in words; a number in quotes is a status. */
const word = (value: unknown): string | undefined => {
  const said = text(value)
  return said === undefined || /^\d+$/.test(said) ? undefined : said
}
const status = (value: unknown): number | undefined => {
  const number = typeof value === 'string' ? Number(value) : value
  return typeof number === 'number' && Number.isInteger(number) && number >= 400 && number < 600 ? number : undefined
}

/** Reads an error body; `undefined` where it is none. */
export function readVendorError(body: unknown): VendorError | undefined {
  const whole = Array.isArray(body) ? (body[0] as unknown) : body
  if (typeof whole !== 'object' || whole === null) return undefined
  const outer = whole as Record<string, unknown>
  const inner = outer['error']
  if (typeof inner === 'string') return fields({ ...outer, message: inner })
  if (typeof inner === 'object' && inner !== null) return fields({ ...outer, ...inner })
  if (outer['choices'] !== undefined || outer['content'] !== undefined || outer['candidates'] !== undefined)
    return undefined
  const failed = outer['success'] === false || outer['type'] === 'error'
  if (
    failed ||
    text(outer['message']) !== undefined ||
    text(outer['msg']) !== undefined ||
    text(outer['detail']) !== undefined
  ) {
    return fields(outer)
  }
  return undefined
}

function fields(error: Record<string, unknown>): VendorError {
  const code = error['code']
  return {
    message: text(error['message']) ?? text(error['msg']) ?? text(error['detail']),
    type: text(error['type']),
    code: word(code) ?? word(error['status']),
    param: text(error['param']),
    status: status(code) ?? status(error['status']) ?? status(error['http_code']),
  }
}

/** Where a vendor's word for a failure names the status that its transport did not. */
const STATUS_OF = wordTable<number>({
  invalid_request_error: 400,
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  authentication_error: 401,
  UNAUTHENTICATED: 401,
  invalid_api_key: 401,
  billing_error: 402,
  permission_error: 403,
  PERMISSION_DENIED: 403,
  not_found_error: 404,
  NOT_FOUND: 404,
  model_not_found: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  rate_limit_exceeded: 429,
  insufficient_quota: 429,
  RESOURCE_EXHAUSTED: 429,
  api_error: 500,
  server_error: 500,
  INTERNAL: 500,
  overloaded_error: 503,
  UNAVAILABLE: 503,
  timeout_error: 504,
  DEADLINE_EXCEEDED: 504,
})

/** The code that an upstream's status becomes; what is not listed is `invalid_request_error` below 500 and `upstream_error` from there on. */
const CODE_OF: Readonly<Record<number, ErrorCode>> = {
  402: 'insufficient_quota',
  404: 'not_found',
  408: 'upstream_timeout',
  409: 'conflict',
  413: 'request_too_large',
  429: 'rate_limit_exceeded',
  503: 'upstream_unavailable',
  504: 'upstream_timeout',
}

/** How vendors without a code for it say that the prompt does not fit. */
const TOO_LONG = /prompt is too long|context (?:length|window)|maximum context|input token count .{1,80} exceeds/i

/** Statuses that only one vendor knows: Anthropic's overload, iFlow's rate limit. */
const SHOWN_AS: Readonly<Record<number, number>> = { 449: 429, 529: 503 }

/** How vendors' failures are shown. */
export interface UpstreamErrorOptions {
  /** Strings that must never be shown: the vendor key. */
  readonly secrets: readonly string[]
  /** Keep a vendor's 401 and 403 instead of hiding that its key failed behind a 502. */
  readonly exposeAuthErrors: boolean
  /** The status that a vendor's own code stands for. */
  readonly statuses?: Readonly<Record<string, number>> | undefined
}

/**
 * The failure that a client sees for an upstream's error answer. A status of 400 to 499 says that the request is at fault and keeps the vendor's words,
 * scrubbed; 401 and 403 are about our own key, which is not the client's concern.
 */
export function upstreamError(
  upstreamStatus: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: unknown,
  options: UpstreamErrorOptions,
): ApiError {
  const said = readVendorError(body)
  const named =
    statusIn(options.statuses, said?.code ?? String(said?.status)) ??
    said?.status ??
    STATUS_OF.get(said?.code ?? '') ??
    STATUS_OF.get(said?.type ?? '')
  const actual = upstreamStatus >= 400 ? upstreamStatus : (named ?? 502)
  const shown = SHOWN_AS[actual] ?? actual
  const scrubbed = (words: string | undefined) =>
    words === undefined ? undefined : scrubSecrets(words, options.secrets)
  const message = scrubbed(said?.message)
  const cause = { status: upstreamStatus, error: said }
  if (actual === 401 || actual === 403) {
    return options.exposeAuthErrors
      ? new ApiError('upstream_auth_error', {
          status: actual,
          type: 'invalid_request_error',
          message: message ?? 'The upstream refused its credentials.',
          cause,
        })
      : new ApiError('upstream_auth_error', {
          message: 'The upstream refused the credentials it is configured with.',
          cause,
        })
  }
  const quota = said?.code === 'insufficient_quota' || said?.type === 'insufficient_quota'
  const tooLong = shown === 400 && said?.code === undefined && TOO_LONG.test(said?.message ?? '')
  const code = quota
    ? 'insufficient_quota'
    : tooLong
      ? 'context_length_exceeded'
      : (CODE_OF[shown] ?? (shown < 500 ? 'invalid_request_error' : 'upstream_error'))
  return new ApiError(code, {
    status: shown,
    message: message ?? `The upstream answered with status ${upstreamStatus}.`,
    ...(shown < 500 && !quota ? { type: shown === 429 ? 'requests' : 'invalid_request_error' } : {}),
    ...(shown < 500 && said?.code !== undefined ? { wireCode: scrubbed(said.code) } : {}),
    ...(said?.param === undefined ? {} : { param: scrubbed(said.param) }),
    retryAfterMs: retryAfterMs(headers) ?? retryDelayMs(body),
    cause,
  })
}

function statusIn(statuses: UpstreamErrorOptions['statuses'], code: string): number | undefined {
  return statuses !== undefined && Object.hasOwn(statuses, code) ? statuses[code] : undefined
}

/** Google says in the body how long to wait: `details: [{ "retryDelay": "34.5s" }]`. */
function retryDelayMs(body: unknown): number | undefined {
  const whole = (Array.isArray(body) ? body[0] : body) as { error?: { details?: unknown } } | null | undefined
  const details = whole?.error?.details
  for (const detail of Array.isArray(details) ? (details as unknown[]) : []) {
    const delay = text((detail as { retryDelay?: unknown } | null)?.retryDelay) ?? ''
    const seconds = /^(\d+(?:\.\d+)?)s$/.exec(delay)?.[1]
    if (seconds !== undefined) return Math.min(Number(seconds) * 1000, MAX_WAIT_MS)
  }
  return undefined
}

const MAX_WAIT_MS = 3_600_000

/** How long an upstream asks to wait: `retry-after-ms`, else `retry-after` in seconds or as a date; never negative, an hour at most. */
export function retryAfterMs(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  wallMs: number = Date.now(),
): number | undefined {
  const clamp = (ms: number) => Math.min(Math.max(ms, 0), MAX_WAIT_MS)
  const first = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value)
  const precise = first(headers['retry-after-ms'])
  if (precise !== undefined && /^\d+(\.\d+)?$/.test(precise.trim())) return clamp(Number(precise))
  const coarse = first(headers['retry-after'])
  if (coarse === undefined) return undefined
  if (/^\d+(\.\d+)?$/.test(coarse.trim())) return clamp(Number(coarse) * 1000)
  const date = /^[A-Za-z]{3},/.test(coarse) ? Date.parse(coarse) : Number.NaN
  return Number.isNaN(date) ? undefined : clamp(date - wallMs)
}
