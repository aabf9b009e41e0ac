import { checkOptions, option, type ResponseStore } from '@sluice/core'

/** How `/responses` keeps what it is to remember. */
export interface ResponsesOptions {
  /**
   * Where responses are kept. `false` keeps none: `previous_response_id` then goes on to the
   * upstream as it is, which tells no tenants apart, and `background` is refused.
   * @defaultValue `memoryResponseStore()`
   */
  readonly store?: ResponseStore | false | undefined
  /** How long a response is kept. @defaultValue 30 days, as OpenAI does */
  readonly ttlMs?: number | undefined
  /** So many responses may stand behind one another by `previous_response_id`. @defaultValue 500 */
  readonly maxChain?: number | undefined
  /** Bytes that the responses before it may bring along, as JSON. @defaultValue 20 MiB */
  readonly maxChainBytes?: number | undefined
  /**
   * Background responses under way at a time, all callers together; further ones get a 503.
   * @defaultValue 100
   */
  readonly maxBackground?: number | undefined
  /**
   * Bytes of events that one background response may give; a longer one fails.
   * @defaultValue 8 MiB
   */
  readonly maxBackgroundBytes?: number | undefined
  /** A store that takes longer counts as being down. @defaultValue 2000 */
  readonly storeTimeoutMs?: number | undefined
}

const RULES = {
  store: {
    expected: 'a store or false',
    accepts: (value: unknown) => value === false || (typeof value === 'object' && value !== null),
  },
  ttlMs: option.positive,
  maxChain: option.positive,
  maxChainBytes: option.positive,
  maxBackground: option.count,
  maxBackgroundBytes: option.positive,
  storeTimeoutMs: option.positive,
}

/** @throws ConfigError `ERR_ENDPOINTS_OPTIONS` */
export function checkResponsesOptions(options: ResponsesOptions): void {
  checkOptions('endpoints.responses', 'ERR_ENDPOINTS_OPTIONS', options, RULES)
}
