import { ApiError, type ErrorCode } from '@sluice/core'
import { scrubSecrets } from '@sluice/core/internal'
import { failureKind, type FailureKind } from './failure-kind.ts'
import { nativeError } from './native-error.ts'
import type { UpstreamErrorOptions } from './upstream-error-options.ts'
import { readVendorError, type VendorError } from './vendor-error.ts'

/** The status that a vendor's word for a failure names, where its transport did not. */
const STATUS_OF: ReadonlyMap<string, number> = new Map([
  ['invalid_request_error', 400],
  ['INVALID_ARGUMENT', 400],
  ['FAILED_PRECONDITION', 400],
  ['authentication_error', 401],
  ['permission_error', 403],
  ['PERMISSION_DENIED', 403],
  ['not_found_error', 404],
  ['NOT_FOUND', 404],
  ['request_too_large', 413],
  ['api_error', 500],
  ['server_error', 500],
  ['INTERNAL', 500],
])

/**
 * The code that an upstream's status becomes; what is not listed is `invalid_request_error` below
 * 500 and `upstream_error` from there on.
 */
const CODE_OF: ReadonlyMap<number, ErrorCode> = new Map([
  [402, 'insufficient_quota'],
  [404, 'not_found'],
  [408, 'upstream_timeout'],
  [409, 'conflict'],
  [413, 'request_too_large'],
  [429, 'rate_limit_exceeded'],
  [503, 'upstream_unavailable'],
  [504, 'upstream_timeout'],
])

/** Statuses that only one vendor knows: Anthropic's overload, iFlow's rate limit. */
const SHOWN_AS: ReadonlyMap<number, number> = new Map([
  [449, 429],
  [529, 503],
])

/** What a kind of failure is to a client, whatever status its vendor has for it. */
const KINDS: ReadonlyMap<FailureKind, { readonly status: number; readonly code: ErrorCode }> =
  new Map([
    ['quota', { status: 429, code: 'insufficient_quota' }],
    ['rate', { status: 429, code: 'rate_limit_exceeded' }],
    ['model', { status: 404, code: 'model_not_found' }],
    ['context', { status: 400, code: 'context_length_exceeded' }],
    ['overloaded', { status: 503, code: 'upstream_unavailable' }],
    ['timeout', { status: 504, code: 'upstream_timeout' }],
  ])

/**
 * The failure that a client sees for an upstream's error answer: by what the vendor's words mean,
 * else by its status. One of 400 to 499 says that the request is at fault and keeps the vendor's
 * words, scrubbed. A refused key is our own, and so is a region: neither is the client's concern.
 */
export function upstreamError(
  upstreamStatus: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: unknown,
  options: UpstreamErrorOptions,
): ApiError {
  const said =
    typeof body === 'string'
      ? plainError(body, upstreamStatus)
      : readVendorError(body, upstreamStatus >= 400)
  const named =
    options.statuses?.get(said?.code ?? String(said?.status)) ??
    said?.status ??
    STATUS_OF.get(said?.code ?? '') ??
    STATUS_OF.get(said?.type ?? '')
  const stated = upstreamStatus >= 400 ? upstreamStatus : named
  const kind = kindAt(stated, failureKind(said))
  const actual = stated ?? 502
  const scrubbed = (words: string | undefined) =>
    words === undefined ? undefined : scrubSecrets(words, options.secrets)
  const message = scrubbed(said?.message)
  const cause = { status: upstreamStatus, error: said }
  const native = nativeError(upstreamStatus, body, options)
  const retry = options.dialect === undefined ? undefined : headers['x-should-retry']
  if (kind === 'key' || kind === 'region') {
    if (options.exposeAuthErrors) {
      return new ApiError('upstream_auth_error', {
        status: isClients(upstreamStatus) ? upstreamStatus : kind === 'region' ? 403 : 401,
        type: 'invalid_request_error',
        message: message ?? 'The upstream refused its credentials.',
        native,
        cause,
      })
    }
    const refused =
      kind === 'region'
        ? 'The upstream does not serve the place that this server stands in.'
        : 'The upstream refused the credentials it is configured with.'
    return new ApiError('upstream_auth_error', { message: refused, cause })
  }
  const meant = kind === undefined ? undefined : KINDS.get(kind)
  // A status that blames the request stays, and so does 402 for a spent balance: both say it well
  // enough.
  const isKept =
    actual === 402 || (isClients(upstreamStatus) && (kind === 'model' || kind === 'context'))
  const shown = meant === undefined || isKept ? (SHOWN_AS.get(actual) ?? actual) : meant.status
  const code =
    meant?.code ?? CODE_OF.get(shown) ?? (shown < 500 ? 'invalid_request_error' : 'upstream_error')
  const isOurs = code === 'insufficient_quota'
  const own = meant === undefined && shown < 500 && shown !== 429 ? said?.code : undefined
  return new ApiError(code, {
    status: shown,
    message: message ?? `The upstream answered with status ${upstreamStatus}.`,
    ...(shown < 500 && !isOurs
      ? { type: shown === 429 ? 'requests' : 'invalid_request_error' }
      : {}),
    ...(own === undefined || isOurs ? {} : { wireCode: scrubbed(own) }),
    ...(said?.param === undefined ? {} : { param: scrubbed(said.param) }),
    retryAfterMs: retryAfterMs(headers) ?? retryDelayMs(body),
    ...(retry === 'true' || retry === 'false' ? { headers: { 'x-should-retry': retry } } : {}),
    native,
    cause,
  })
}

function isClients(status: number): boolean {
  return status >= 400 && status < 500
}

/**
 * The kind of a failure, as far as its status lets the words be believed; a status that speaks for
 * itself is a kind of its own.
 */
function kindAt(
  status: number | undefined,
  kind: FailureKind | undefined,
): FailureKind | undefined {
  const isServers = status === undefined || status >= 500
  switch (kind) {
    case 'overloaded':
    case 'timeout':
      if (isServers) return kind
      break
    case 'model':
      // A relay without a channel for a model is short of channels: another target may have one.
      if (status !== 401 && status !== 403 && status !== 429 && status !== 503) return kind
      break
    case 'context':
      if (status !== 401 && status !== 403 && status !== 429) return kind
      break
    case 'key':
    case 'region':
      if (status !== 429 && status !== 402) return kind
      break
    case 'rate':
      if (status !== 401 && status !== 402) return kind
      break
    case 'quota':
      return kind
  }
  return status === 401 || status === 403 ? 'key' : undefined
}

/**
 * An error in plain words or in XML. Pages and the words of broken servers are for their operators.
 */
function plainError(body: string, status: number): VendorError | undefined {
  const text = body.slice(0, MAX_PLAIN).trim()
  const message = text.startsWith('<') ? elementIn(text, 'message') : text
  if (message === undefined || message === '' || status >= 500) return undefined
  const code = text.startsWith('<') ? elementIn(text, 'code') : undefined
  return { message, type: undefined, code, param: undefined, status: undefined, reasons: [] }
}

/** Longer than any plain message. */
const MAX_PLAIN = 4000

function elementIn(xml: string, name: string): string | undefined {
  const lower = xml.toLowerCase()
  const start = lower.indexOf(`<${name}>`)
  const end = start < 0 ? -1 : lower.indexOf(`</${name}>`, start)
  return end < 0 ? undefined : xml.slice(start + name.length + 2, end).trim()
}

/** Google says in the body how long to wait: `details: [{ "retryDelay": "34.5s" }]`. */
function retryDelayMs(body: unknown): number | undefined {
  const whole = (Array.isArray(body) ? body[0] : body) as
    | { error?: { details?: unknown } }
    | null
    | undefined
  const details = whole?.error?.details
  for (const detail of Array.isArray(details) ? (details as unknown[]) : []) {
    const delay = (detail as { retryDelay?: unknown } | null)?.retryDelay
    const seconds =
      typeof delay === 'string' ? /^(\d{1,9}(?:\.\d{1,9})?)s$/.exec(delay)?.[1] : undefined
    if (seconds !== undefined) return Math.min(Number(seconds) * 1000, MAX_WAIT_MS)
  }
  return undefined
}

const MAX_WAIT_MS = 3_600_000

/**
 * How long an upstream asks to wait: `retry-after-ms`, else `retry-after` in seconds or as a date;
 * never negative, an hour at most.
 */
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
