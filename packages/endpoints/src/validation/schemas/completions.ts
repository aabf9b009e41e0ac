import { z } from 'zod'
import { maxTokens, modelName, orNull, penalty, stopSequences } from './fields.ts'

const MAX_PROMPTS = 2048
const tokens = z.array(z.int().min(0)).min(1).max(1_000_000)
const text = z.string().max(10_000_000)

/**
 * The body of the legacy `POST /completions`: one prompt or up to 2,048, as text or as token ids.
 * Unknown fields pass.
 */
export const completionParams = z
  .looseObject({
    model: modelName,
    prompt: z.union([
      text,
      z.array(text).min(1).max(MAX_PROMPTS),
      tokens,
      z.array(tokens).min(1).max(MAX_PROMPTS),
    ]),
    best_of: orNull(z.int().min(0).max(20)),
    echo: orNull(z.boolean()),
    frequency_penalty: penalty,
    logit_bias: orNull(z.record(z.string(), z.number().min(-100).max(100))),
    logprobs: orNull(z.int().min(0).max(5)),
    max_tokens: orNull(z.union([z.literal(0), maxTokens])),
    n: orNull(z.int().min(1).max(128)),
    presence_penalty: penalty,
    seed: orNull(z.int()),
    stop: stopSequences,
    stream: orNull(z.boolean()),
    stream_options: orNull(z.looseObject({ include_usage: orNull(z.boolean()) })),
    suffix: orNull(z.string().max(1_000_000)),
    temperature: orNull(z.number().min(0).max(2)),
    top_p: orNull(z.number().min(0).max(1)),
    user: orNull(z.string().max(1024)),
  })
  .refine(({ best_of: bestOf, n }) => typeof bestOf !== 'number' || bestOf >= (n ?? 1), {
    path: ['best_of'],
    error: 'Expected best_of to be at least n.',
  })
  .refine(
    ({ best_of: bestOf, stream }) => stream !== true || typeof bestOf !== 'number' || bestOf <= 1,
    {
      path: ['best_of'],
      error: 'Expected no best_of with stream.',
    },
  )
