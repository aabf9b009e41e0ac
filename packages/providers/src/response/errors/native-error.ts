import type { NativeError } from '@sluice/core'
import { scrubSecrets } from '@sluice/core/internal'
import type { Dialect } from '@sluice/core/wire'
import { isObject, type Json } from '../../vendor-spec/json.ts'

/** How the body of a vendor's error goes on. */
export interface NativeErrorOptions {
  readonly secrets: readonly string[]
  /** Absent where the caller does not speak the vendor's dialect. */
  readonly native?: Dialect | undefined
}

/** Returns the body of a vendor's error for clients of its own dialect, with its strings scrubbed. */
export function nativeError(
  body: unknown,
  { secrets, native: dialect }: NativeErrorOptions,
): NativeError | undefined {
  // Without `alt=sse` Google's streams are lists, and so are their errors.
  const own: unknown = Array.isArray(body) ? body[0] : body
  if (dialect === undefined || !isObject(own) || !isOfDialect(own, dialect)) return undefined
  return { dialect, body: scrubbed(own, secrets) }
}

/** A relay in front of the vendor may have errors of another form, which no client could read. */
function isOfDialect({ type, error }: Json, dialect: Dialect): boolean {
  if (!isObject(error)) return false
  if (dialect === 'anthropic') return type === 'error' && typeof error['type'] === 'string'
  return typeof error['code'] === 'number' && typeof error['status'] === 'string'
}

function scrubbed(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === 'string') return scrubSecrets(value, secrets)
  if (Array.isArray(value)) return value.map((one) => scrubbed(one, secrets))
  if (!isObject(value)) return value
  const members = Object.entries(value).map(
    ([name, one]) => [name, scrubbed(one, secrets)] as const,
  )
  return Object.fromEntries(members)
}
