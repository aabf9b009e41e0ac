import type { ChatCompletionCreateParams } from '@sluice/core'
import type { EncodeContext, EncodedRequest } from '../../provider-spec.ts'
import { encodeContents } from './encode-contents.ts'
import { encodeTools, functionNames } from './encode-tools.ts'
import { generationConfig } from './generation-config.ts'
import { modelFamilyOf } from '../model-family.ts'
import { modelPath } from '../model-path.ts'
import { nativeSettings } from './native-settings.ts'
import type { ThoughtSignatures } from '../thought-signatures.ts'
import { createToolNames } from '../tool-names.ts'

/** OpenAI's params that have no counterpart. */
export const CHAT_DROPS: readonly string[] = (
  'audio function_call functions logit_bias metadata moderation parallel_tool_calls prediction prompt_cache_key prompt_cache_options ' +
  'prompt_cache_retention safety_identifier service_tier store user verbosity'
).split(' ')

/** Writes a chat request in Gemini's form: `generateContent`, or `streamGenerateContent` as events. */
export function encodeChat(
  params: ChatCompletionCreateParams,
  context: EncodeContext,
  signatures: ThoughtSignatures,
): EncodedRequest {
  const native = nativeSettings(params)
  const family = modelFamilyOf(context.model)
  const names = createToolNames(functionNames(params))
  const tools = encodeTools(params, native, names)
  const { system, contents } = encodeContents(params.messages, { names, signatures, family })
  const generation = generationConfig(params, native, { family, hasFunctions: tools.hasFunctions })
  const instruction = generation.instruction === undefined ? system : [...system, { text: generation.instruction }]
  const { safetySettings, cachedContent, labels } = native
  const drops = [...tools.drops, ...generation.drops]
  if (params.messages.some((message) => message.role === 'user' && message.name !== undefined))
    drops.push('messages.name')
  return {
    path: modelPath(context.model, context.stream ? 'streamGenerateContent?alt=sse' : 'generateContent'),
    body: {
      contents,
      ...(instruction.length > 0 ? { systemInstruction: { parts: instruction } } : {}),
      ...(tools.tools === undefined ? {} : { tools: tools.tools }),
      ...(tools.toolConfig === undefined ? {} : { toolConfig: tools.toolConfig }),
      ...(Object.keys(generation.config).length > 0 ? { generationConfig: generation.config } : {}),
      ...(safetySettings === undefined ? {} : { safetySettings }),
      ...(cachedContent === undefined ? {} : { cachedContent }),
      ...(labels === undefined ? {} : { labels }),
    },
    ...(drops.length > 0 ? { drops } : {}),
    weakened: [...tools.weakened, ...generation.weakened],
  }
}
