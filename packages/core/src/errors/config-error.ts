const BRAND: unique symbol = Symbol.for('sluice.ConfigError')

/**
 * A mistake in how Sluice is put together, for the programmer's eyes: it names what was given, what
 * was expected and the likely mend.
 */
export class ConfigError extends Error {
  readonly [BRAND] = true
  /** `ERR_<PACKAGE>_<WHAT>`; the package's README has a line for each. */
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.name = 'ConfigError'
    this.code = code
  }

  /** Whether a value is a `ConfigError`, of whichever copy of this package. */
  static is(value: unknown): value is ConfigError {
    return typeof value === 'object' && value !== null && BRAND in value
  }
}
