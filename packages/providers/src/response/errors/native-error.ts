import type { NativeError } from '@sluice/core'
import { scrubSecrets } from '@sluice/core/internal'
import { isObject, type Json } from '../../vendor-spec/json.ts'
import type { UpstreamErrorOptions } from './upstream-error.ts'

/** Errors of vendors are flat; what lies deeper is left out. */
const MAX_DEPTH = 8

/**
 * Returns a vendor's own error body for clients of the vendor's dialect, without secrets;
 * `undefined` where the call was made in another, or the body is none of the dialect's.
 */
export function nativeError(
  status: number,
  body: unknown,
  { dialect, secrets }: Pick<UpstreamErrorOptions, 'dialect' | 'secrets'>,
): NativeError | undefined {
  if (dialect === undefined || !isObject(body) || !isObject(body['error'])) return undefined
  if (typeof body['error']['message'] !== 'string') return undefined
  if (dialect === 'anthropic' && !isAnthropics(body, body['error'])) return undefined
  return {
    dialect,
    body: scrubbed(body, secrets, 0),
    ...(status >= 400 ? { status } : {}),
  }
}

/** Clients look at both types. */
function isAnthropics({ type }: Json, error: Json): boolean {
  return type === 'error' && typeof error['type'] === 'string'
}

function scrubbed(value: unknown, secrets: readonly string[], depth: number): unknown {
  if (typeof value === 'string') return scrubSecrets(value, secrets)
  if (typeof value !== 'object' || value === null) return value
  if (depth >= MAX_DEPTH) return null
  if (Array.isArray(value)) return value.map((one) => scrubbed(one, secrets, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, scrubbed(one, secrets, depth + 1)]),
  )
}
