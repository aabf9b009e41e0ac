import type { NativeError } from '@sluice/core'
import { scrubSecrets } from '@sluice/core/internal'
import type { Dialect } from '@sluice/core/wire'
import { isObject, type Json } from '../../vendor-spec/json.ts'
import type { UpstreamErrorOptions } from './upstream-error-options.ts'

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
  // Without `alt=sse` Google's streams are lists, and so are their errors.
  const own: unknown = Array.isArray(body) ? body[0] : body
  if (dialect === undefined || !isObject(own) || !isOfDialect(own, dialect)) return undefined
  return { dialect, body: scrubbed(own, secrets, 0), ...(status >= 400 ? { status } : {}) }
}

/** A relay in front of the vendor may have errors of another form, which no client could read. */
function isOfDialect({ type, error }: Json, dialect: Dialect): boolean {
  if (!isObject(error) || typeof error['message'] !== 'string') return false
  if (dialect === 'anthropic') return type === 'error' && typeof error['type'] === 'string'
  if (dialect === 'gemini')
    return typeof error['code'] === 'number' && typeof error['status'] === 'string'
  return true
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
