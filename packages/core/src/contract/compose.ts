import { throwError, type Observable } from 'rxjs'
import type { AnyCall } from './call.ts'
import { ConfigError } from '../errors/config-error.ts'
import { disown } from '../errors/host-callback.ts'
import { askForeign, isOwn } from './foreign-interceptor.ts'
import type { Handler } from './handler.ts'
import { assertCalled } from '../internal/part-kind.ts'
import { phases, type Interceptor } from './interceptor.ts'
import { forbiddenModel, modelNotFound } from './model-rights.ts'

/**
 * Puts interceptors around a handler. They are sorted by phase, and within a phase stand as given,
 * first outermost; so the order across phases cannot change an answer. Behind the guards, and
 * before any cache, a call for a model that its principal may not use ends with the 404 of a model
 * that does not exist: it has cost what such a call costs, and nothing tells one from the other.
 *
 * @throws ConfigError `ERR_CORE_NOT_AN_INTERCEPTOR`, `ERR_CORE_NOT_A_HANDLER` where something else
 * was given; a call throws `ERR_CORE_NO_OBSERVABLE` where a handler or an interceptor is
 * asynchronous.
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
  let composed: Handler = (call) => answerOf(handler(call), 'The handler')
  for (const phase of phases.toReversed()) {
    if (phase === 'guard') composed = withModelRights(composed)
    for (const interceptor of interceptors.filter((one) => one.phase === phase).toReversed()) {
      const next = composed
      const ask = isOwn(interceptor)
        ? (call: AnyCall) => interceptor.intercept(call, next)
        : (call: AnyCall) => askForeign(interceptor, call, next)
      // A call of some operation is one of the operations' calls, which types of their own cannot
      // say.
      composed = ((call: AnyCall) => answerOf(ask(call), interceptor.name)) as Handler
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

/**
 * What a handler of the host gives may be a promise, whatever its type says; whoever subscribes
 * must not be the one to find out.
 */
function answerOf<T>(answer: Observable<T>, name: string): Observable<T> {
  if (typeof (answer as Partial<Observable<T>> | undefined)?.subscribe === 'function') return answer
  disown(answer)
  throw new ConfigError(
    'ERR_CORE_NO_OBSERVABLE',
    `${name} did not return an Observable for a call. Is it an async function? Return \`defer(async () => …)\`, or an operator on next(call).`,
  )
}
