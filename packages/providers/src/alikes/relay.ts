import { createProvider, providerFactory, type Provider } from '../define-provider.ts'
import type { ProviderOptions } from '../provider-options.ts'
import { openaiAlike } from '../openai-compatible.ts'
import { withSpare } from '../with-spare.ts'

/** Where a hosted relay is. */
export interface RelayOptions extends ProviderOptions {
  readonly baseURL: string
  /** Asked next when the first cannot be reached. */
  readonly spareBaseURL?: string | undefined
}

const spec = openaiAlike({ id: 'relay', baseURL: '', offers: 'all', idempotent: true })

/** A hosted relay that speaks OpenAI's API, with the second address that such services name for the day when the first is down. */
export const relay = providerFactory(spec, ({ spareBaseURL, ...options }: RelayOptions): Provider => {
  const first = createProvider(spec, options)
  if (spareBaseURL === undefined) return first
  return withSpare(first, createProvider(spec, { ...options, baseURL: spareBaseURL }))
})
