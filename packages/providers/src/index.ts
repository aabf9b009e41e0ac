export { createProvider, defineProvider, type Provider, type ProviderFactory } from './define-provider.ts'
export { FileInJson } from './file-in-json.ts'
export type { ProviderOptions } from './provider-options.ts'
export { openaiAlike, openaiCompatible } from './openai-compatible.ts'
export type {
  EmbeddingsRules,
  ImageRules,
  MessageRules,
  OpenAICompatibleSpec,
} from './openai-compatible/openai-compatible-spec.ts'
export type {
  ChatDialect,
  DocumentDialect,
  EmbeddingsDialect,
  EncodeContext,
  EncodedRequest,
  FormPart,
  FurtherOperation,
  OperationDialect,
  ProviderSpec,
  ResponsesDialect,
} from './provider-spec.ts'
export { defaultTimeouts, type Timeouts } from './transport/deadline.ts'
export { withSpare } from './with-spare.ts'
