import { compose, type Handler, type Interceptor } from '@sluice/core'

interface Composed {
  readonly interceptors: readonly Interceptor[]
  readonly handler: Handler
}

/** So many sets of features are remembered; a surface has one, nearly always. */
const MAX_SETS = 8

/**
 * One handler behind whatever features requests come with. The same features come with every
 * request, so what they make together is made once.
 */
export class ComposedHandlers {
  readonly #handler: Handler
  #composed: readonly Composed[] = []

  constructor(handler: Handler) {
    this.#handler = handler
  }

  /**
   * Returns the handler behind these.
   * @throws ConfigError for features that do not go together
   */
  behind(interceptors: readonly Interceptor[]): Handler {
    for (const known of this.#composed)
      if (isSame(known.interceptors, interceptors)) return known.handler
    const handler = compose(interceptors, this.#handler)
    const composed = { interceptors: [...interceptors], handler }
    this.#composed = [composed, ...this.#composed].slice(0, MAX_SETS)
    return handler
  }
}

function isSame(some: readonly Interceptor[], others: readonly Interceptor[]): boolean {
  if (some.length !== others.length) return false
  for (let at = 0; at < some.length; at++) if (some[at] !== others[at]) return false
  return true
}
