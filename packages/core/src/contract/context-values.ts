/**
 * Names a value that an interceptor leaves on a call, and carries its type. Two keys are never the
 * same, whatever their descriptions say.
 */
export interface ContextKey<T> {
  /** For logs and debuggers. */
  readonly description: string
  /** Given where nobody has left a value. */
  readonly defaultValue: T
}

/**
 * What interceptors leave on a call, for those that come after them. All copies that `withCall`
 * makes of a call share it.
 */
export interface ContextValues {
  /** Returns what was left under a key, or the key's default. */
  get<T>(key: ContextKey<T>): T
  /** Leaves a value under a key, in place of what was there. */
  set<T>(key: ContextKey<T>, value: NoInfer<T>): void
  /** Takes a value away, so that the key's default is given again. */
  delete(key: ContextKey<unknown>): void
}

/**
 * Makes a key for `call.report.context`. Make it once, at the top of a module, and export it to
 * those who may read or write the value.
 *
 * @example
 * export const priority = createContextKey<'high' | 'low'>('low', 'priority')
 *
 * const readPriority: Interceptor = {
 *   name: 'readPriority',
 *   phase: 'guard',
 *   intercept(call, next) {
 *     if (call.headers['x-priority'] === 'high') call.report.context.set(priority, 'high')
 *     return next(call)
 *   },
 * }
 */
export function createContextKey<T>(defaultValue: T, description = ''): ContextKey<T> {
  return Object.freeze({ description, defaultValue })
}

/** Holds values by the identity of their keys. */
export class ContextMap implements ContextValues {
  readonly #values = new Map<ContextKey<unknown>, unknown>()

  get<T>(key: ContextKey<T>): T {
    return this.#values.has(key) ? (this.#values.get(key) as T) : key.defaultValue
  }

  set<T>(key: ContextKey<T>, value: NoInfer<T>): void {
    this.#values.set(key, value)
  }

  delete(key: ContextKey<unknown>): void {
    this.#values.delete(key)
  }
}
