export {
  createProvider,
  defineProvider,
  type Provider,
  type ProviderFactory,
} from './define-provider.ts'
export { FileInJson } from './vendor-spec/file-in-json.ts'
export type { ProviderOptions } from './vendor-spec/provider-options.ts'
export { openaiCompatibleSpec, openaiCompatible } from './openai-compatible/openai-compatible.ts'
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
  OtherOperation,
  OperationDialect,
  ProviderSpec,
  ResponsesDialect,
} from './vendor-spec/provider-spec.ts'
export { defaultTimeouts, type Timeouts } from './transport/deadline.ts'
export { withFailover } from './with-failover.ts'
