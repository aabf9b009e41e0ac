import { anthropicEntries } from '../../catalog/anthropic-entries.ts'
import { toModels } from '../../catalog/catalog-entry.ts'
import { createProvider, providerFactory, type ProviderFactory } from '../../define-provider.ts'
import type { ProviderOptions } from '../../vendor-spec/provider-options.ts'
import type { EncodeContext, ProviderSpec } from '../../vendor-spec/provider-spec.ts'
import type { ChatCompletionCreateParams } from '@sluice/core/wire'
import { mayCite } from './decode/decode-citations.ts'
import { answerForm } from './encode/encode-format.ts'
import { DROPPED_PARAMS, encodeRequest } from './encode/encode-request.ts'
import { MessageDecoder } from './decode/message-decoder.ts'
import { modelTraits } from './model-traits.ts'
import { createThinkingMemory, type ThinkingMemory } from './thinking-memory.ts'
import { toolNames } from './encode/tool-names.ts'

/**
 * Claude over the Messages API, version 2023-06-01. The base URL ends before `/v1`.
 *
 * Thoughts (`reasoning_content`) survive a conversation with tools: a client that sends whole
 * messages back hands on their `thinking_blocks`; for one that sends only words and calls, the
 * provider remembers the thoughts of its last 10,000 calls (64 Mi characters at most). Where
 * neither has them, the model thinks anew or, where the vendor would refuse, not at all for that
 * request.
 */
export const anthropic: ProviderFactory = providerFactory(
  anthropicSpec(),
  (options: ProviderOptions = {}) => createProvider(anthropicSpec(createThinkingMemory()), options),
)

/** How Claude is spoken to; with a memory, also what it thought is given back. */
export function anthropicSpec(memory?: ThinkingMemory): ProviderSpec {
  const decoder = (params: ChatCompletionCreateParams, context: EncodeContext) => {
    const form = answerForm(params, modelTraits(context.model))
    return new MessageDecoder({
      names: toolNames(params),
      memory,
      cites: mayCite(params),
      answersByTool: form.kind === 'tool',
      answerKeys: form.names?.fromWire,
    })
  }
  return {
    id: 'anthropic',
    baseURL: 'https://api.anthropic.com',
    auth: (apiKey) => ({ 'x-api-key': apiKey }),
    headers: { 'anthropic-version': '2023-06-01' },
    models: toModels(anthropicEntries),
    listing: '/v1/models?limit=1000',
    messages: { path: '/v1/messages', countPath: '/v1/messages/count_tokens' },
    chat: {
      unsupportedParams: DROPPED_PARAMS,
      maxChoices: 1,
      toolMedia: true,
      webSearch: true,
      encode: (params, context) => encodeRequest(params, context, memory),
      decoder,
      decode: (document, params, context) => decoder(params, context).decodeWhole(document),
    },
  }
}
