import type { EmbeddingCreateParams } from '@sluice/core/wire'
import type { EncodeContext, EncodedRequest } from '../../vendor-spec/provider-spec.ts'
import type { EmbeddingsRules } from '../openai-compatible-spec.ts'

/** What to change in an embeddings request for an OpenAI-alike. */
export function encodeEmbeddings(
  rules: EmbeddingsRules,
  params: EmbeddingCreateParams,
  context: EncodeContext,
): NonNullable<EncodedRequest['patch']> {
  const set: Record<string, unknown> = {}
  const unset = (rules.drops ?? []).filter((name) => params[name] !== undefined)
  if (params.model !== context.model) set['model'] = context.model
  for (const [ours, theirs] of Object.entries(rules.renames ?? {})) {
    if (params[ours] === undefined) continue
    set[theirs] = params[ours]
    unset.push(ours)
  }
  if (rules.floatsOnly === true && params.encoding_format !== undefined)
    unset.push('encoding_format')
  return { set, unset }
}
