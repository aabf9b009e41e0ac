import type { ChatCompletionCreateParams } from '@sluice/core/wire'
import type { EncodeContext, EncodedRequest } from '../../../vendor-spec/provider-spec.ts'
import type { Content, Part } from '../content.ts'
import { modelFamilyOf } from '../model-family.ts'
import { modelPath } from '../model-path.ts'
import type { ThoughtSignatures } from '../thought-signatures.ts'
import { createToolNames } from '../tool-names.ts'
import { encodeContents } from './encode-contents.ts'
import { encodeTools, functionNames, type EncodedTools } from './encode-tools.ts'
import { generationConfig } from './generation-config.ts'
import { nativeSettings } from './native-settings.ts'

/** OpenAI's params that have no counterpart. */
export const CHAT_DROPS: readonly string[] = (
  'audio function_call functions logit_bias metadata moderation prediction prompt_cache_key prompt_cache_options ' +
  'prompt_cache_retention safety_identifier service_tier store user verbosity'
).split(' ')

/**
 * What is read here, or before it comes here. Gemini refuses a request with any further field, so
 * other vendors' params are dropped, too.
 */
const READ = (
  'model messages stream stream_options max_completion_tokens max_tokens temperature top_p top_k stop n seed presence_penalty ' +
  'frequency_penalty logprobs top_logprobs modalities response_format reasoning_effort thinking tools tool_choice parallel_tool_calls ' +
  'web_search_options google extra_body generationConfig generation_config thinkingConfig thinking_config toolConfig tool_config ' +
  'safetySettings safety_settings cachedContent cached_content labels'
).split(' ')
const KNOWN: ReadonlySet<string> = new Set([...READ, ...CHAT_DROPS])

/**
 * Writes a chat request in Gemini's form: `generateContent`, or `streamGenerateContent` as events.
 */
export function encodeChat(
  params: ChatCompletionCreateParams,
  context: EncodeContext,
  signatures: ThoughtSignatures,
): EncodedRequest {
  const native = nativeSettings(params)
  const family = modelFamilyOf(context.model)
  const names = createToolNames(functionNames(params))
  const tools = family.onlyText === true ? NO_TOOLS : encodeTools(params, native, names)
  const { system, contents: said } = encodeContents(params.messages, { names, signatures, family })
  const generation = generationConfig(params, native, { family, hasFunctions: tools.hasFunctions })
  const instruction =
    generation.instruction === undefined ? system : [...system, { text: generation.instruction }]
  const { safetySettings, cachedContent, labels } = native
  const drops = [...foreignParams(params), ...tools.drops, ...generation.drops]
  if (tools === NO_TOOLS) drops.push(...TOOL_PARAMS.filter((name) => isGiven(params[name])))
  const isApart = family.systemInUser !== true
  const contents = isApart ? said : beforeFirstWords(instruction, said)
  return {
    path: modelPath(
      context.model,
      context.stream ? 'streamGenerateContent?alt=sse' : 'generateContent',
    ),
    body: {
      contents,
      ...(instruction.length > 0 && isApart ? { systemInstruction: { parts: instruction } } : {}),
      ...(tools.tools === undefined ? {} : { tools: tools.tools }),
      ...(tools.toolConfig === undefined ? {} : { toolConfig: tools.toolConfig }),
      ...(Object.keys(generation.config).length > 0 ? { generationConfig: generation.config } : {}),
      ...(safetySettings === undefined ? {} : { safetySettings }),
      ...(cachedContent === undefined ? {} : { cachedContent }),
      ...(labels === undefined ? {} : { labels }),
    },
    ...(drops.length > 0 ? { drops } : {}),
    relaxedSchemas: [...tools.weakened, ...generation.weakened],
  }
}

/** Of a model that only talks. */
const NO_TOOLS: EncodedTools = { hasFunctions: false, drops: [], weakened: [] }
const TOOL_PARAMS = ['tools', 'tool_choice']

function isGiven(value: unknown): boolean {
  return (
    value !== undefined &&
    value !== null &&
    value !== 'none' &&
    !(Array.isArray(value) && value.length === 0)
  )
}

/** What a conversation says with its instructions as the beginning of what the user says first. */
function beforeFirstWords(
  instruction: readonly Part[],
  contents: readonly Content[],
): readonly Content[] {
  const at = contents.findIndex(({ role }) => role === 'user')
  if (instruction.length === 0 || at < 0) return contents
  return contents.with(at, { ...contents[at]!, parts: [...instruction, ...contents[at]!.parts] })
}

/** What this very request holds that cannot be carried. */
function foreignParams(params: ChatCompletionCreateParams): string[] {
  const drops = Object.keys(params).filter((name) => !KNOWN.has(name))
  // Gemini may always call several functions at once.
  if (params.parallel_tool_calls === false) drops.push('parallel_tool_calls')
  if (params.messages.some((message) => message.role === 'user' && message.name !== undefined))
    drops.push('messages.name')
  return drops
}
