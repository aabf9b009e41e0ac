import { createProvider, providerFactory, type Provider } from '../define-provider.ts'
import type { ProviderOptions } from '../vendor-spec/provider-options.ts'
import { openaiCompatibleSpec } from '../openai-compatible/openai-compatible.ts'
import { withFailover } from '../with-failover.ts'

/** Where a hosted relay is. */
export interface HostedRelayOptions extends ProviderOptions {
  readonly baseURL: string
  /** Asked next when the first cannot be reached. */
  readonly fallbackBaseURL?: string | undefined
}

const spec = openaiCompatibleSpec({
  id: 'relay',
  baseURL: '',
  operations: 'all',
  idempotent: true,
  // OpenAI takes either name; what else is behind a relay knows the older one.
  messages: { roles: { developer: 'system' } },
})

/**
 * A hosted relay that speaks OpenAI's API, with the second address that such services name for the
 * day when the first is down.
 */
export const hostedRelay = providerFactory(
  spec,
  ({ fallbackBaseURL, ...options }: HostedRelayOptions): Provider => {
    const first = createProvider(spec, options)
    if (fallbackBaseURL === undefined) return first
    return withFailover(first, createProvider(spec, { ...options, baseURL: fallbackBaseURL }))
  },
)
