import { z } from 'zod'
import { maxTokens, modelName, orNull } from './fields.ts'

const block = z.looseObject({ type: z.string().min(1).max(64) })
const content = z.union([z.string(), z.array(block).max(100_000)])

const fields = {
  model: modelName,
  messages: z
    .array(z.looseObject({ role: z.enum(['user', 'assistant', 'system']), content }))
    .min(1)
    .max(100_000),
  system: content.optional(),
  tools: orNull(z.array(z.looseObject({})).max(10_000)),
  tool_choice: orNull(z.looseObject({ type: z.string().min(1).max(64) })),
}

/** The body of `POST /messages`. Unknown fields pass. */
export const messageParams = z.looseObject({
  ...fields,
  max_tokens: maxTokens,
  stream: orNull(z.boolean()),
})

/** The body of `POST /messages/count_tokens`. Unknown fields pass. */
export const messageCountTokensParams = z.looseObject(fields)
