import { faultResponse, faultStream, type FaultStep } from '../fault-vendor/fault-step.ts'
import { VENDOR_KEY } from './against-vendor.ts'

/** A vendor's failure that no client may mistake for anything else. */
export interface ErrorResponse {
  readonly name: string
  readonly steps: readonly FaultStep[]
  /** Statuses that may be shown; absent: any that is an error. */
  readonly status?: readonly number[]
  readonly code?: string
  readonly retryAfterMs?: number
  /** Part of the vendor's words that the client must see. */
  readonly says?: string
}

const SAID = `Something about ${VENDOR_KEY} went wrong.`
const json = JSON.stringify({
  error: { message: SAID, type: 'vendor_error', param: null, code: null },
})
const page = '<html><head><title>Bad Gateway</title></head><body>nginx</body></html>'

const failed = (
  status: number,
  shown: number,
  code: string,
  more: Pick<ErrorResponse, 'says' | 'retryAfterMs'> & {
    readonly headers?: Readonly<Record<string, string>>
  } = {},
): ErrorResponse => {
  const { headers, ...expected } = more
  const waits = headers === undefined ? '' : ` with ${JSON.stringify(headers)}`
  return {
    name: `status ${status}${waits}`,
    steps: faultResponse(status, json, headers),
    status: [shown],
    code,
    ...expected,
  }
}
const page502 = (status: number): ErrorResponse => ({
  name: `status ${status} with a proxy's page`,
  steps: faultResponse(status, page, { 'content-type': 'text/html' }),
  status: [status],
})
const unreadable = (name: string, steps: readonly FaultStep[]): ErrorResponse => ({
  name,
  steps,
  status: [502],
})

// One event that says in the words of several vendors at once that something failed.
const errorEvent = JSON.stringify({
  type: 'error',
  error: { type: 'api_error', message: SAID, code: 500, status: 'INTERNAL' },
})

/** What vendors and the proxies in front of them answer when they fail, and what a client gets. */
export const errorResponses: readonly ErrorResponse[] = [
  failed(400, 400, 'invalid_request_error', { says: 'went wrong' }),
  failed(401, 502, 'upstream_auth_error'),
  failed(403, 502, 'upstream_auth_error'),
  failed(404, 404, 'not_found', { says: 'went wrong' }),
  failed(413, 413, 'request_too_large', { says: 'went wrong' }),
  failed(422, 422, 'invalid_request_error', { says: 'went wrong' }),
  failed(429, 429, 'rate_limit_exceeded', { headers: { 'retry-after': '7' }, retryAfterMs: 7000 }),
  failed(429, 429, 'rate_limit_exceeded', {
    headers: { 'retry-after-ms': '250', 'retry-after': '1' },
    retryAfterMs: 250,
  }),
  failed(500, 500, 'upstream_error'),
  failed(502, 502, 'upstream_error'),
  failed(503, 503, 'upstream_unavailable'),
  failed(504, 504, 'upstream_timeout'),
  failed(529, 503, 'upstream_unavailable'),
  page502(500),
  page502(502),
  page502(503),
  { name: 'status 500 without a body', steps: faultResponse(500, ''), status: [500] },
  unreadable('a page with status 200', faultResponse(200, page, { 'content-type': 'text/html' })),
  unreadable('an empty answer with status 200', faultResponse(200, '')),
  unreadable('half an answer with status 200', faultResponse(200, '{"id": "x", "choi')),
  unreadable('an object that says nothing', faultResponse(200, '{}')),
  unreadable('a redirect', faultResponse(307, '', { location: '/elsewhere' })),
  {
    name: 'an event that holds the vendor key',
    steps: faultStream([`event: error\ndata: ${errorEvent}\n\n`]),
  },
  unreadable('a connection that breaks off', [{ do: 'reset' }]),
  unreadable('a connection that ends', [{ do: 'half-close' }]),
]
