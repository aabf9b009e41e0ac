import { ApiError, checkOptions, option } from '@sluice/core'

/** How much a vault keeps. */
export interface RedactionVaultOptions {
  /**
   * Different values that it holds; one more makes `redact` fail rather than let it through.
   * @defaultValue 10,000
   */
  readonly maxEntries?: number | undefined
}

/**
 * Remembers which placeholder stands for which value, so that what `redact` hid can be put back by
 * `reidentify`. Equal values share a placeholder. One vault belongs to one conversation: whoever
 * gets hold of it, or can make a model say its placeholders, gets the values.
 *
 * @throws ConfigError `ERR_SSE_STREAM_OPTIONS`
 */
export class RedactionVault {
  readonly #maxEntries: number
  readonly #placeholders = new Map<string, string>()
  /** `undefined` where one placeholder stands for several values and so for none. */
  readonly #values = new Map<string, string | undefined>()
  readonly #properPrefixes = new Set<string>()
  #matcher: RegExp | undefined
  #longest = 0

  constructor(options: RedactionVaultOptions = {}) {
    checkOptions('RedactionVault', 'ERR_SSE_STREAM_OPTIONS', options, { maxEntries: option.count })
    this.#maxEntries = options.maxEntries ?? 10_000
  }

  /** Values remembered. */
  get size(): number {
    return this.#placeholders.size
  }

  /** Length of the longest placeholder. */
  get longest(): number {
    return this.#longest
  }

  /**
   * The placeholder for a value; `create` is asked for a new one, with the number of values there
   * are then.
   *
   * @throws ApiError `server_error` where the vault is full
   */
  hide(value: string, create: (count: number) => string): string {
    const known = this.#placeholders.get(value)
    if (known !== undefined) return known
    if (this.size >= this.#maxEntries) {
      throw new ApiError('server_error', {
        message: 'The answer holds more protected values than can be kept apart.',
      })
    }
    const placeholder = create(this.size + 1)
    this.#placeholders.set(value, placeholder)
    if (placeholder === '') return placeholder
    this.#values.set(placeholder, this.#values.has(placeholder) ? undefined : value)
    for (let end = 1; end < placeholder.length; end++)
      this.#properPrefixes.add(placeholder.slice(0, end))
    this.#longest = Math.max(this.#longest, placeholder.length)
    this.#matcher = undefined
    return placeholder
  }

  /**
   * The value that a placeholder stands for; `undefined` for any other text, and where it stands
   * for several.
   */
  reveal(placeholder: string): string | undefined {
    return this.#values.get(placeholder)
  }

  /** Whether more text could make a placeholder of this. */
  isProperPrefix(text: string): boolean {
    return this.#properPrefixes.has(text)
  }

  /**
   * Finds placeholders, the longest first where several begin at the same place. Global;
   * `undefined` while there are none.
   */
  get matcher(): RegExp | undefined {
    if (this.#matcher === undefined && this.#values.size > 0) {
      const longestFirst = [...this.#values.keys()].sort((a, b) => b.length - a.length)
      this.#matcher = new RegExp(
        longestFirst.map((text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|'),
        'g',
      )
    }
    return this.#matcher
  }
}
