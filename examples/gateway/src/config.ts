import { ConfigError } from '@sluice/core'
import { createKey } from '@sluice/auth'
import { vendors, type Vendor } from './vendors.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** What the environment says. */
export interface GatewayConfig {
  readonly host: string
  readonly port: number
  readonly keys: readonly string[]
  readonly vendors: readonly {
    readonly vendor: Vendor
    readonly apiKey: string
    readonly baseURL: string | undefined
  }[]
  readonly defaultVendor: string | undefined
  /** 0 = off, for each of the three. */
  readonly requestsPerMinute: number
  readonly tokensPerMinute: number
  readonly concurrency: number
  /** 0 = off. */
  readonly cacheTtlMs: number
}

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '::1'])

/**
 * Reads the environment.
 * @throws ConfigError `ERR_GATEWAY_ENV` that lists everything that is wrong with it.
 */
export function readConfig(env: Environment): GatewayConfig {
  const problems: string[] = []
  const count = (name: string, fallback: number) => {
    const text = env[name]
    if (text === undefined || text === '') return fallback
    const value = Number(text)
    if (Number.isInteger(value) && value >= 0) return value
    problems.push(`${name} must be a whole number, 0 or more`)
    return fallback
  }
  const host = env['HOST'] || '127.0.0.1'
  const on = vendors.flatMap((vendor) => {
    const apiKey = env[`${vendor.env}_API_KEY`]
    return apiKey ? [{ vendor, apiKey, baseURL: env[`${vendor.env}_BASE_URL`] || undefined }] : []
  })
  const defaultVendor = env['SLUICE_DEFAULT_VENDOR'] || undefined
  if (
    defaultVendor !== undefined &&
    defaultVendor !== 'demo' &&
    !on.some(({ vendor }) => vendor.prefix === defaultVendor)
  ) {
    problems.push(
      `SLUICE_DEFAULT_VENDOR names ${defaultVendor}, which is not a vendor whose key is set`,
    )
  }
  if (env['REDIS_URL'])
    problems.push('REDIS_URL needs the redis package, which this version does not have yet')
  const config: GatewayConfig = {
    host,
    port: count('PORT', 3000),
    keys: keysOf(env['SLUICE_API_KEYS'], host),
    vendors: on,
    defaultVendor,
    requestsPerMinute: count('SLUICE_RPM', 3000),
    tokensPerMinute: count('SLUICE_TPM', 1_000_000),
    concurrency: count('SLUICE_CONCURRENCY', 100),
    cacheTtlMs: count('SLUICE_CACHE_TTL_SECONDS', 0) * 1000,
  }
  if (problems.length > 0)
    throw new ConfigError(
      'ERR_GATEWAY_ENV',
      `The environment is not right: ${problems.join('; ')}.`,
    )
  return config
}

/**
 * A fixed key serves for trying things out on one's own machine; whoever listens to others gets one
 * that nobody can guess.
 */
function keysOf(text: string | undefined, host: string): readonly string[] {
  const keys = (text ?? '')
    .split(',')
    .map((key) => key.trim())
    .filter(Boolean)
  if (keys.length > 0) return keys
  return [LOOPBACK.has(host) ? 'sk-test' : createKey().key]
}
