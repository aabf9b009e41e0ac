import { createProvider, providerFactory, type Provider } from '../define-provider.ts'
import {
  openaiImages,
  openaiMessages,
  openaiModels,
} from '../openai-compatible/model-rules/openai-models.ts'
import type { ProviderOptions } from '../vendor-spec/provider-options.ts'
import { openaiCompatibleSpec } from '../openai-compatible/openai-compatible.ts'
import type { ProviderSpec } from '../vendor-spec/provider-spec.ts'

/** Where an Azure resource is and how its API is spoken to. */
export interface AzureOpenAIOptions extends ProviderOptions {
  /** `https://<resource>.openai.azure.com` */
  readonly baseURL: string
  /** @defaultValue 2024-10-21 */
  readonly apiVersion?: string | undefined
}

/** OpenAI's models in your Azure resource. The model's name is the name of the deployment. */
export const azureOpenAI = providerFactory(
  azureSpec(),
  ({ apiVersion, ...options }: AzureOpenAIOptions): Provider =>
    createProvider(azureSpec(apiVersion), options),
  'azureOpenAI',
)

function azureSpec(apiVersion = '2024-10-21'): ProviderSpec {
  return openaiCompatibleSpec({
    id: 'azure-openai',
    // Every resource has a host of its own; a guessed one would be handed the key.
    baseURL: '',
    auth: (apiKey) => ({ 'api-key': apiKey }),
    path: (operation, model) =>
      `/openai/deployments/${encodeURIComponent(model)}/${operation}?api-version=${encodeURIComponent(apiVersion)}`,
    drops: ['top_k'],
    modelRules: openaiModels,
    messages: openaiMessages,
    images: openaiImages,
    embeddings: { maxInputs: [[/./, 2048]] },
    idempotent: true,
    operations: [
      'completions',
      'images.generate',
      'images.edit',
      'audio.transcriptions',
      'audio.translations',
      'audio.speech',
    ],
  })
}
