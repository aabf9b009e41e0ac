import type { ChatCompletionCreateParams } from '@sluice/core/wire'
import type { ModelTraits } from '../model-traits.ts'
import type { MessagesRequest } from '../wire.ts'

/** `temperature`, `top_p` and `top_k` as far as a model takes them, and those that had to go. */
export interface EncodedSampling {
  readonly sampling: Pick<MessagesRequest, 'temperature' | 'top_p' | 'top_k'>
  readonly drops: readonly string[]
}

/** The least `top_p` that the vendor takes while the model thinks. */
const LEAST_THINKING_TOP_P = 0.95

/** Writes the sampling params. Temperatures end at 1 here, so that higher ones become 1. */
export function encodeSampling(
  params: ChatCompletionCreateParams,
  traits: ModelTraits,
  thinks: boolean,
): EncodedSampling {
  const temperature = params.temperature ?? undefined
  const topP = params.top_p ?? undefined
  const topK = params.top_k ?? undefined
  const any = traits.sampling !== 'none'
  const sampling: EncodedSampling['sampling'] = {}
  const drops: string[] = []
  if (temperature !== undefined) {
    const clamped = Math.min(Math.max(temperature, 0), 1)
    if (any && (!thinks || clamped === 1)) sampling.temperature = clamped
    else drops.push('temperature')
  }
  if (topP !== undefined) {
    const goesWithTemperature = traits.sampling === 'all' || sampling.temperature === undefined
    if (any && goesWithTemperature && (!thinks || topP >= LEAST_THINKING_TOP_P))
      sampling.top_p = topP
    else drops.push('top_p')
  }
  if (topK !== undefined) {
    if (any && !thinks) sampling.top_k = topK
    else drops.push('top_k')
  }
  return { sampling, drops }
}
