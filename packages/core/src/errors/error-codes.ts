/** OpenAI's `error.type`. */
export type ErrorType =
  | 'invalid_request_error'
  | 'authentication_error'
  | 'permission_error'
  | 'rate_limit_error'
  | 'requests'
  | 'tokens'
  | 'concurrency'
  | 'insufficient_quota'
  | 'server_error'

interface ErrorCodeEntry {
  readonly status: number
  readonly type: ErrorType
  /** `false` where OpenAI's SDKs would repeat the request by its status, and that cannot help. */
  readonly retry?: false
}

/**
 * Every `error.code` that Sluice answers with, with its status and type. The first six are the ones
 * that the relays' manuals list.
 */
export const errorCodes = {
  invalid_api_key: { status: 401, type: 'invalid_request_error' },
  insufficient_quota: { status: 429, type: 'insufficient_quota', retry: false },
  model_not_found: { status: 404, type: 'invalid_request_error' },
  invalid_request_error: { status: 400, type: 'invalid_request_error' },
  server_error: { status: 500, type: 'server_error' },
  rate_limit_exceeded: { status: 429, type: 'requests' },
  body_already_consumed: { status: 400, type: 'invalid_request_error' },
  context_length_exceeded: { status: 400, type: 'invalid_request_error' },
  json_too_deep: { status: 400, type: 'invalid_request_error' },
  invalid_value: { status: 400, type: 'invalid_request_error' },
  unsupported_parameter: { status: 400, type: 'invalid_request_error' },
  not_found: { status: 404, type: 'invalid_request_error' },
  unsupported_endpoint: { status: 404, type: 'invalid_request_error' },
  method_not_supported: { status: 405, type: 'invalid_request_error' },
  request_timeout: { status: 408, type: 'invalid_request_error' },
  conflict: { status: 409, type: 'invalid_request_error' },
  request_too_large: { status: 413, type: 'invalid_request_error' },
  unsupported_content_type: { status: 415, type: 'invalid_request_error' },
  upgrade_required: { status: 426, type: 'invalid_request_error' },
  client_closed_request: { status: 499, type: 'invalid_request_error' },
  upstream_auth_error: { status: 502, type: 'server_error', retry: false },
  upstream_unreachable: { status: 502, type: 'server_error' },
  upstream_invalid_response: { status: 502, type: 'server_error' },
  upstream_empty_response: { status: 502, type: 'server_error' },
  upstream_empty_stream: { status: 502, type: 'server_error' },
  upstream_error: { status: 502, type: 'server_error' },
  upstream_timeout: { status: 504, type: 'server_error' },
  stream_incomplete: { status: 502, type: 'server_error' },
  upstream_unavailable: { status: 503, type: 'server_error' },
  overloaded: { status: 503, type: 'server_error' },
} as const satisfies Record<string, ErrorCodeEntry>

/** A code that Sluice itself answers with. Upstreams may add their own, as plain text. */
export type ErrorCode = keyof typeof errorCodes
