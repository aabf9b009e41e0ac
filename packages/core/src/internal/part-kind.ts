import { ConfigError } from '../errors/config-error.ts'

// Registered, so that two copies of this package in one dependency tree know each other's parts.
const KIND: unique symbol = Symbol.for('sluice.kind')

/**
 * Kinds of part that people put in the wrong place: a `factory` that was not called, a `handler` (a
 * provider or router) that was mounted, a `surface` (`endpoints(…)`), behind which no stage is
 * reached.
 */
export type PartKind = 'factory' | 'handler' | 'surface'

/** Returns the kind of a value that `markPart` has marked. */
export function partKind(value: unknown): PartKind | undefined {
  return typeof value === 'function' ? (value as { [KIND]?: PartKind })[KIND] : undefined
}

/**
 * Marks a function, so that whoever gets it in the wrong place can say so at set-up. `fix` is what
 * to write instead, where the function is given to `app.use`.
 */
export function markPart<F extends (...args: never[]) => unknown>(
  part: F,
  kind: PartKind,
  fix?: string,
): F {
  Object.defineProperty(part, KIND, { value: kind })
  if (fix !== undefined) {
    // Express and Connect look for `handle` in whatever `app.use` is given, and never elsewhere.
    Object.defineProperty(part, 'handle', {
      get: () => {
        throw misplaced(fix)
      },
    })
  }
  return part
}

/** Marks a factory. @example markFactory(cache, 'cache') */
export function markFactory<F extends (...args: never[]) => unknown>(make: F, name: string): F {
  return markPart(
    make,
    'factory',
    `\`${name}\` is a factory and has to be called: app.use('/v1', ${name}(…)).`,
  )
}

/** Marks a handler. @example markHandler(provider, 'openai()') */
export function markHandler<F extends (...args: never[]) => unknown>(handler: F, name: string): F {
  return markPart(handler, 'handler', notMiddleware(name))
}

/**
 * Checks that a handler was given a call. Mounted by a host that does not look for `handle`, it
 * gets a request.
 *
 * @throws ConfigError `ERR_CORE_MISPLACED`
 */
export function assertCall(value: unknown, handler: string): void {
  if (typeof (value as { operation?: unknown } | undefined)?.operation !== 'string') {
    throw misplaced(notMiddleware(handler))
  }
}

/**
 * Checks that a value is no factory that somebody forgot to call.
 *
 * @throws ConfigError with the given code
 */
export function assertCalled(value: unknown, code: string, where: string): void {
  if (partKind(value) !== 'factory') return
  const { name } = value as { name: string }
  throw new ConfigError(
    code,
    `${where} got the factory \`${name}\` itself. Call it: \`${name}(…)\`.`,
  )
}

function notMiddleware(name: string): string {
  return `${name} is a handler, not a middleware. Mount it as app.use('/v1', endpoints(${name})).`
}

function misplaced(fix: string): ConfigError {
  return new ConfigError('ERR_CORE_MISPLACED', fix)
}
