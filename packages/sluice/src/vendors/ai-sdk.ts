export {
  fromAiSdk,
  fromAiSdkEmbedding,
  type AiSdkEmbeddingModel,
  type AiSdkGenerated,
  type AiSdkLanguageModel,
  type AiSdkPart,
  type AiSdkReader,
  type AiSdkResponseMetadata,
  type FromAiSdkOptions,
} from '@sluice/providers/ai-sdk'
