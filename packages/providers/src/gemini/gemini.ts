import { createProvider, type ProviderFactory } from '../define-provider.ts'
import type { ProviderOptions } from '../provider-options.ts'
import { geminiSpec } from './gemini-spec.ts'

/** Google's Gemini models by the Generative Language API: `gemini({ apiKey })`. */
export const gemini = Object.defineProperty(
  (options: ProviderOptions = {}) => createProvider(geminiSpec(), options),
  'spec',
  // A spec holds what its provider remembers, so each look gives a new one.
  { get: geminiSpec, enumerable: true },
) as ProviderFactory
