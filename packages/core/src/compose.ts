import { ConfigError } from './config-error.ts'
import type { Handler } from './handler.ts'
import { assertCalled } from './part-kind.ts'
import { phases, type Interceptor } from './interceptor.ts'

/**
 * Puts interceptors around a handler. They are sorted by phase, and within a phase stand as given, first outermost; so the order
 * across phases cannot change an answer.
 *
 * @throws ConfigError `ERR_CORE_NOT_AN_INTERCEPTOR`, `ERR_CORE_NOT_A_HANDLER` where something else was given.
 * @example compose([cache({ ttlMs: 60_000 })], openai())(call('chat.completions', params))
 */
export function compose(interceptors: readonly Interceptor[], handler: Handler): Handler {
  if (!Array.isArray(interceptors)) {
    throw new ConfigError(
      'ERR_CORE_NOT_AN_INTERCEPTOR',
      'compose() takes a list of interceptors first, then the handler: compose([cache({ ttlMs })], openai()).',
    )
  }
  assertCalled(handler, 'ERR_CORE_NOT_A_HANDLER', 'compose()')
  if (typeof handler !== 'function') {
    throw new ConfigError(
      'ERR_CORE_NOT_A_HANDLER',
      'compose() takes a handler second, such as `openai()` or `modelRouter({…})`.',
    )
  }
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
    for (const interceptor of interceptors.filter((one) => one.phase === phase).toReversed()) {
      const next = composed
      composed = (call) => interceptor.intercept(call, next)
    }
  }
  return composed
}
