import type { NativeError } from '@sluice/core'
import { scrubSecrets } from '@sluice/core/internal'
import type { Dialect } from '@sluice/core/wire'
import { isObject } from '../../vendor-spec/json.ts'

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
  if (dialect === undefined || !isObject(own) || !isObject(own['error'])) return undefined
  return { dialect, body: scrubbed(own, secrets) }
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
