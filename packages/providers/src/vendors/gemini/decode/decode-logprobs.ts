import type { ChoiceLogprobs, TokenLogprob } from '@sluice/core/wire'
import { isObject, type Json } from '../json.ts'

/** Log probabilities in OpenAI's form: the chosen tokens, each with its rivals. */
export function decodeLogprobs(result: Json): ChoiceLogprobs {
  const chosen = listOf(result['chosenCandidates'])
  const rivals = listOf(result['topCandidates'])
  return {
    content: chosen.map((token, at): TokenLogprob => ({
      ...decodeToken(token),
      top_logprobs: listOf(rivals[at]?.['candidates']).map(decodeToken),
    })),
    refusal: null,
  }
}

function decodeToken(candidate: Json): Omit<TokenLogprob, 'top_logprobs'> {
  const token = typeof candidate['token'] === 'string' ? candidate['token'] : ''
  const logprob = typeof candidate['logProbability'] === 'number' ? candidate['logProbability'] : 0
  return { token, logprob, bytes: [...Buffer.from(token)] }
}

function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}
