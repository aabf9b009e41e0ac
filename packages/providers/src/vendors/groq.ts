import { toModels } from '../catalog/catalog-entry.ts'
import { groqEntries } from '../catalog/groq-entries.ts'
import { defineProvider } from '../define-provider.ts'
import { groqModels } from '../openai-compatible/model-rules/groq-models.ts'
import type { Json } from '../openai-compatible/openai-compatible-spec.ts'
import { openaiCompatibleSpec } from '../openai-compatible/openai-compatible.ts'
import { uncommonParams } from './uncommon-params.ts'

/** Groq. It answers 400 to any member of a message that it does not know. */
export const groq = defineProvider(
  openaiCompatibleSpec({
    id: 'groq',
    baseURL: 'https://api.groq.com/openai/v1',
    drops: uncommonParams({
      but: ['service_tier', 'user'],
      and: ['logprobs', 'top_k', 'top_logprobs'],
    }),
    maxChoices: 1,
    allows: { service_tier: ['auto', 'on_demand', 'flex', 'performance'] },
    modelRules: groqModels,
    messages: {
      roles: { developer: 'system' },
      members: ['role', 'content', 'tool_calls', 'tool_call_id', 'reasoning'],
      thoughts: 'reasoning',
    },
    normalizeResponse: usageOutOfExtension,
    embeddings: false,
    operations: ['audio.transcriptions', 'audio.translations', 'audio.speech'],
    models: toModels(groqEntries),
  }),
)

/**
 * Streams say their usage in a member of the vendor's own, whether or not they were asked for it.
 */
function usageOutOfExtension(json: Json): Json {
  const own = json['x_groq'] as { usage?: unknown } | null | undefined
  return own?.usage === undefined || json['usage'] !== undefined
    ? json
    : { ...json, usage: own.usage }
}
