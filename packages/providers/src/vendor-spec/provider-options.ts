import { checkOptions, option, type Clock } from '@sluice/core'
import type { Timeouts } from '../transport/deadline.ts'

/** How a provider is set up. */
export interface ProviderOptions {
  /** The vendor key. It never appears in an error or a header to the client. */
  readonly apiKey?: string | undefined
  /** Where the vendor's API is, up to where paths such as `/chat/completions` are appended. */
  readonly baseURL?: string | undefined
  /** The model to ask for, whatever the client named. */
  readonly model?: string | undefined
  /** Further request headers. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Refuse params that the vendor cannot carry (400) instead of leaving them out. */
  readonly strictParams?: boolean | undefined
  /**
   * Leave out tools of `/responses` that the vendor would have to run and its chat cannot (file
   * search, code interpreter, MCP servers, unknown types), or refuse the request for them (400).
   * @defaultValue 'drop', and said in `x-sluice-dropped-params`
   */
  readonly unknownTools?: 'drop' | 'refuse' | undefined
  /**
   * Hand a vendor's 401 and 403 to the client instead of a 502; they are about this provider's key,
   * not about the client's.
   */
  readonly exposeAuthErrors?: boolean | undefined
  /** Limits in milliseconds; see `Timeouts`. */
  readonly timeouts?: Partial<Timeouts> | undefined
  /** Connections at a time. @defaultValue 16_384 */
  readonly maxConnections?: number | undefined
  /**
   * How long an unused connection is kept.
   * @defaultValue 4_000, below what servers commonly allow
   */
  readonly keepAliveMs?: number | undefined
  /** A whole answer may be this long. @defaultValue 32 MiB */
  readonly maxResponseBytes?: number | undefined
  /** One event of a stream may be this long. @defaultValue 4 MiB */
  readonly maxEventBytes?: number | undefined
  /**
   * Ask the vendor for its list of models instead of knowing only those of the catalog. The list is
   * kept for five minutes; while it cannot be had, the catalog stands in. Without effect for a
   * vendor that has no list of OpenAI's form.
   * @defaultValue false
   */
  readonly listModels?: boolean | undefined
  /** Name in `x-sluice-provider`, where one vendor is set up several times. */
  readonly id?: string | undefined
  readonly clock?: Clock | undefined
}

const RULES = {
  apiKey: option.string,
  baseURL: option.string,
  model: option.string,
  headers: option.object,
  strictParams: option.boolean,
  unknownTools: {
    expected: "'drop' or 'refuse'",
    accepts: (value: unknown) => value === 'drop' || value === 'refuse',
  },
  exposeAuthErrors: option.boolean,
  timeouts: option.object,
  maxConnections: option.positive,
  keepAliveMs: option.positive,
  maxResponseBytes: option.positive,
  maxEventBytes: option.positive,
  listModels: option.boolean,
  id: option.string,
  clock: option.object,
}

/** Checks the options of a provider. @throws ConfigError `ERR_PROVIDERS_OPTIONS` */
export function checkProviderOptions(provider: string, options: ProviderOptions): void {
  checkOptions(provider, 'ERR_PROVIDERS_OPTIONS', options, RULES)
}
