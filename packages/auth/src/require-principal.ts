import type { Interceptor } from '@sluice/core'
import { throwError } from 'rxjs'
import { unauthorized } from './unauthorized.ts'

/**
 * The interceptor of a feature that says who is calling: it refuses a call that comes without a
 * principal.
 */
export function requirePrincipal(name: string): Interceptor {
  return {
    name,
    phase: 'guard',
    intercept: (call, next) =>
      call.principal === undefined ? throwError(unauthorized) : next(call),
  }
}
