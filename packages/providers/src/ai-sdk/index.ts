export { fromAiSdk } from './from-ai-sdk.ts'
export { fromAiSdkEmbedding } from './from-ai-sdk-embedding.ts'
export type { FromAiSdkOptions } from './ai-sdk-options.ts'
export type {
  AiSdkEmbeddingModel,
  AiSdkGenerated,
  AiSdkLanguageModel,
  AiSdkPart,
  AiSdkReader,
  AiSdkResponseMetadata,
} from './ai-sdk-model.ts'
