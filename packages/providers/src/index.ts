export { createProvider, defineProvider, type Provider, type ProviderOptions } from './define-provider.ts'
export { openaiAlike, openaiCompatible, type OpenAICompatibleSpec } from './openai-compatible.ts'
export type {
  ChatDialect,
  DocumentDialect,
  EmbeddingsDialect,
  EncodeContext,
  EncodedRequest,
  ProviderSpec,
} from './provider-spec.ts'
export { defaultTimeouts, type Timeouts } from './transport/deadline.ts'
