import type { ChatCompletionCreateParams } from '@sluice/core/wire'
import { toModels } from '../../catalog/catalog-entry.ts'
import { geminiEntries } from '../../catalog/gemini-entries.ts'
import type { ProviderSpec } from '../../vendor-spec/provider-spec.ts'
import { transcriptions, translations } from './audio/transcriptions.ts'
import { GeminiDecoder } from './decode/gemini-decoder.ts'
import { embeddings } from './embeddings.ts'
import { CHAT_DROPS, encodeChat } from './encode/encode-chat.ts'
import { asksForSources, functionNames } from './encode/encode-tools.ts'
import { edits, generations } from './images/images.ts'
import { ThoughtSignatures } from './thought-signatures.ts'
import { createToolNames } from './tool-names.ts'
import { native } from './native.ts'

/**
 * What Gemini is to the rest: the Generative Language API, v1beta. Each spec remembers the
 * signatures of the calls that it has read, so one belongs to one provider. Gemini gives at most 8
 * candidates.
 */
export function geminiSpec(): ProviderSpec {
  const signatures = new ThoughtSignatures()
  const decoder = (params: ChatCompletionCreateParams, keepText: boolean) =>
    new GeminiDecoder({ names: createToolNames(functionNames(params)), signatures, keepText })
  return {
    id: 'gemini',
    baseURL: 'https://generativelanguage.googleapis.com',
    auth: (apiKey) => ({ 'x-goog-api-key': apiKey }),
    models: toModels(geminiEntries),
    chat: {
      unsupportedParams: CHAT_DROPS,
      maxChoices: 8,
      toolMedia: true,
      webSearch: true,
      encode: (params, context) => encodeChat(params, context, signatures),
      decoder: (params) => decoder(params, asksForSources(params)),
      decode: (document, params) => decoder(params, true).decode(document),
    },
    generateContent: native,
    embeddings,
    operations: {
      'images.generate': generations,
      'images.edit': edits,
      'audio.transcriptions': transcriptions,
      'audio.translations': translations,
    },
  }
}
