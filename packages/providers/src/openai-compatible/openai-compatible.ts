import { ConfigError } from '@sluice/core'
import { markFactory } from '@sluice/core/internal'
import type { ChatDecoder, CopiedString } from '@sluice/sse-stream/internal'
import { createProvider, type Provider } from '../define-provider.ts'
import { checkProviderOptions, type ProviderOptions } from '../vendor-spec/provider-options.ts'
import { openModels } from './model-rules/open-models.ts'
import { decodeEmbeddings } from '../vendor-spec/decode-embeddings.ts'
import { chatReader } from './decode/decode-chat.ts'
import { chatRules, maxChoicesOf } from './encode/chat-rules.ts'
import { encodeChat } from './encode/encode-chat.ts'
import { encodeEmbeddings } from './encode/encode-embeddings.ts'
import { encodeResponses } from './encode/encode-responses.ts'
import { furtherOperations } from './other-operations.ts'
import { completeDocument } from './decode/complete-document.ts'
import type { Json, OpenAICompatibleSpec } from './openai-compatible-spec.ts'
import type {
  ChatDialect,
  EmbeddingsDialect,
  OtherOperation,
  ProviderSpec,
  ResponsesDialect,
} from '../vendor-spec/provider-spec.ts'

/**
 * A provider for any API that speaks OpenAI's chat completions: give its base URL and key.
 * Pictures, sound and moderations go to it as well, whether it has them or not; legacy completions
 * go over its chat.
 *
 * @throws ConfigError `ERR_PROVIDERS_OPTIONS`, `ERR_PROVIDERS_BASE_URL`
 */
export function openaiCompatible(
  options: ProviderOptions & { readonly id: string; readonly baseURL: string },
): Provider {
  checkProviderOptions('openaiCompatible', options)
  for (const name of ['id', 'baseURL'] as const) {
    if (options[name] === undefined) {
      throw new ConfigError(
        'ERR_PROVIDERS_OPTIONS',
        `openaiCompatible() needs ${name}: openaiCompatible({ id: 'my-vendor', baseURL: 'https://…/v1', apiKey }).`,
      )
    }
  }
  const { id, baseURL } = options
  const messages = { roles: { developer: 'system' } }
  const alike = { id, baseURL, messages, modelRules: openModels, offers: ALL_BUT_COMPLETIONS }
  return createProvider(openaiCompatibleSpec(alike), options)
}

markFactory(openaiCompatible, 'openaiCompatible')

const ALL_BUT_COMPLETIONS: readonly OtherOperation[] = [
  'images.generate',
  'images.edit',
  'images.createVariation',
  'audio.transcriptions',
  'audio.translations',
  'audio.speech',
  'moderations',
]

/** The full spec of an OpenAI-alike from what sets it apart. */
export function openaiCompatibleSpec(alike: OpenAICompatibleSpec): ProviderSpec {
  const path = alike.path ?? ((operation) => `/${operation}`)
  return {
    id: alike.id,
    baseURL: alike.baseURL,
    ...(alike.idempotent === undefined ? {} : { idempotent: alike.idempotent }),
    auth: alike.auth ?? ((apiKey) => ({ authorization: `Bearer ${apiKey}` })),
    ...(alike.headers === undefined ? {} : { headers: alike.headers }),
    chat: chatDialect(alike, path),
    ...(alike.embeddings === false
      ? {}
      : { embeddings: embeddingsDialect(alike.embeddings ?? {}, path) }),
    ...(alike.operations === undefined ? {} : { operations: furtherOperations(alike, path) }),
    ...(alike.responses === true ? { responses: responsesDialect(alike, path) } : {}),
    ...(alike.errorStatuses === undefined ? {} : { errorStatuses: alike.errorStatuses }),
    ...(alike.models === undefined ? {} : { models: alike.models }),
    // Where the model stands in every path there is none for the list.
    ...(alike.path === undefined ? { listing: '/models' } : {}),
  }
}

type Path = NonNullable<OpenAICompatibleSpec['path']>

function chatDialect(alike: OpenAICompatibleSpec, path: Path): ChatDialect {
  const reader = chatReader(alike)
  const decoder: ChatDecoder = {
    verbatim: RUNNING,
    isStateless: alike.normalizeResponse === undefined,
    decode: (json, event) => reader.chunk(json, event.event),
  }
  return {
    unsupportedParams: alike.drops ?? [],
    ...(alike.maxChoices === undefined ? {} : { maxChoices: alike.maxChoices }),
    ...(alike.customTools === undefined ? {} : { customTools: alike.customTools }),
    maxChoicesFor: (params, { model }) => maxChoicesOf(chatRules(alike, model, params)),
    encode: (params, context) => ({
      path: path('chat/completions', context.model),
      ...encodeChat(alike, params, context),
    }),
    decoder: () => decoder,
    decode: (json) => reader.completion(json),
    complete(json) {
      const whole = completeDocument(json)
      if (whole === undefined || alike.normalizeResponse === undefined) return whole
      return alike.normalizeResponse(json as Json) === json ? whole : undefined
    },
  }
}

function embeddingsDialect(
  rules: NonNullable<Exclude<OpenAICompatibleSpec['embeddings'], false>>,
  path: Path,
): EmbeddingsDialect {
  return {
    drops: rules.drops ?? [],
    maxInputs: (model) => rules.maxInputs?.find(([models]) => models.test(model))?.[1],
    encode: (params, context) => ({
      path: path('embeddings', context.model),
      patch: encodeEmbeddings(rules, params, context),
    }),
    decode: decodeEmbeddings,
  }
}

function responsesDialect(alike: OpenAICompatibleSpec, path: Path): ResponsesDialect {
  return {
    onlyFunctions: alike.customTools !== true,
    ...(alike.countsTokens === true ? { countPath: '/responses/input_tokens' } : {}),
    encode: (params, context) => ({
      path: path('responses', context.model),
      ...encodeResponses(alike, params, context),
    }),
  }
}

// OpenAI pads each event with a random string so that its length says nothing of the text.
const PADDING: CopiedString = { from: ['obfuscation'], to: ['obfuscation'] }
const delta = (...path: readonly (string | number)[]) => ['choices', 0, 'delta', ...path]

const RUNNING_TEXT: readonly (readonly CopiedString[])[] = [
  [{ from: delta('content'), to: delta('content') }, PADDING],
  [{ from: delta('reasoning_content'), to: delta('reasoning_content') }, PADDING],
  [{ from: delta('reasoning'), to: delta('reasoning_content') }, PADDING],
]
const ARGUMENTS = delta('tool_calls', 0, 'function', 'arguments')
const RUNNING: readonly (readonly CopiedString[])[] = [
  ...RUNNING_TEXT,
  [{ from: ARGUMENTS, to: ARGUMENTS }, PADDING],
]
