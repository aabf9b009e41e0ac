import { createProvider, providerFactory, type ProviderFactory } from '../../define-provider.ts'
import type { ProviderOptions } from '../../vendor-spec/provider-options.ts'
import { geminiSpec } from './gemini-spec.ts'

/**
 * Google's Gemini models by the Generative Language API: `gemini({ apiKey })`. The base URL ends in
 * front of `/v1beta`. Answers are OpenAI's, with what only Gemini has beside: `images` in a
 * message, `grounding_metadata` and `native_finish_reason` in a choice, and the signatures of its
 * thoughts where Google's own OpenAI-compatible API has them, in `extra_content`. A provider
 * remembers those of the last 20,000 calls for clients that do not echo them.
 *
 * @throws ConfigError `ERR_PROVIDERS_OPTIONS`, `ERR_PROVIDERS_BASE_URL`, `ERR_PROVIDERS_API_KEY`
 */
export const gemini: ProviderFactory = Object.defineProperty(
  providerFactory(geminiSpec(), (options: ProviderOptions = {}) =>
    createProvider(geminiSpec(), options),
  ),
  'spec',
  // A spec holds what its provider remembers, so each look gives a new one.
  { get: geminiSpec, enumerable: true },
)
