import { throwError } from 'rxjs'
import { ConfigError } from './config-error.ts'
import type { Handler } from './handler.ts'
import { phases, type Interceptor } from './interceptor.ts'
import { forbiddenModel, modelNotFound } from './principal.ts'

/**
 * Puts interceptors around a handler. They are sorted by phase, and within a phase stand as given, first outermost; so the order
 * across phases cannot change an answer. Behind the guards, and before any cache, a call for a model that its principal may not use
 * ends with the 404 of a model that does not exist: it has cost what such a call costs, and nothing tells one from the other.
 *
 * @throws ConfigError `ERR_CORE_NOT_AN_INTERCEPTOR` where something else was given.
 * @example compose([cache({ ttlMs: 60_000 })], openai())(call('chat.completions', params))
 */
export function compose(interceptors: readonly Interceptor[], handler: Handler): Handler {
  for (const [index, interceptor] of interceptors.entries()) {
    if (typeof interceptor?.intercept !== 'function' || !phases.includes(interceptor.phase)) {
      throw new ConfigError(
        'ERR_CORE_NOT_AN_INTERCEPTOR',
        `compose() got something at index ${index} that has no phase and intercept(). Did you pass the factory itself, \`cache\` instead of \`cache()\`?`,
      )
    }
  }
  let composed = handler
  for (const phase of phases.toReversed()) {
    if (phase === 'guard') composed = withModelRights(composed)
    for (const interceptor of interceptors.filter((one) => one.phase === phase).toReversed()) {
      const next = composed
      composed = (call) => interceptor.intercept(call, next)
    }
  }
  return composed
}

function withModelRights(next: Handler): Handler {
  return (call) => {
    const forbidden = forbiddenModel(call)
    return forbidden === undefined ? next(call) : throwError(() => modelNotFound(forbidden))
  }
}
