import { z } from 'zod'
import { maxTokens, modelName, orNull } from './fields.ts'

const text = z.string()
const callId = z.string().min(1).max(256)
const source = z.looseObject({ type: z.string().min(1).max(64) })

const textBlock = z.looseObject({ type: z.literal('text'), text })
const image = z.looseObject({ type: z.literal('image'), source })
const document = z.looseObject({ type: z.literal('document'), source })
const thinking = z.looseObject({
  type: z.literal('thinking'),
  thinking: text,
  signature: orNull(text),
})
const redactedThinking = z.looseObject({ type: z.literal('redacted_thinking'), data: text })
const toolUse = z.looseObject({
  type: z.literal('tool_use'),
  id: callId,
  name: z.string().min(1).max(256),
  input: z.looseObject({}),
})
const toolResult = z.looseObject({
  type: z.literal('tool_result'),
  tool_use_id: callId,
  content: orNull(
    z.union([text, z.array(z.looseObject({ type: z.string().min(1).max(64) })).max(100_000)]),
  ),
  is_error: orNull(z.boolean()),
})
/** Kinds of block that are the upstream's own, handed on as they are. */
const CHECKED = new Set([
  'text',
  'image',
  'document',
  'thinking',
  'redacted_thinking',
  'tool_use',
  'tool_result',
])
const other = z.looseObject({
  type: z
    .string()
    .min(1)
    .max(64)
    .refine((type) => !CHECKED.has(type), {
      error: 'the block is not of the form that its type has',
      abort: true,
    }),
})
const block = z.union([
  textBlock,
  toolUse,
  toolResult,
  thinking,
  image,
  document,
  redactedThinking,
  other,
])
const content = z.union([text, z.array(block).max(100_000)])

const format = z.looseObject({ type: z.string().max(64), schema: orNull(z.looseObject({})) })

const fields = {
  model: modelName,
  messages: z
    .array(z.looseObject({ role: z.enum(['user', 'assistant', 'system']), content }))
    .min(1)
    .max(100_000),
  system: orNull(z.union([text, z.array(z.union([textBlock, other])).max(10_000)])),
  thinking: orNull(
    z.looseObject({ type: z.string().min(1).max(64), budget_tokens: orNull(z.int().min(0)) }),
  ),
  output_config: orNull(
    z.looseObject({ effort: orNull(z.string().max(32)), format: orNull(format) }),
  ),
  tools: orNull(
    z
      .array(
        z.looseObject({
          type: orNull(z.string().min(1).max(64)),
          name: z.string().max(256).optional(),
          description: orNull(text),
          input_schema: orNull(z.looseObject({})),
        }),
      )
      .max(10_000),
  ),
  tool_choice: orNull(
    z.looseObject({
      type: z.string().min(1).max(64),
      name: z.string().max(256).optional(),
      disable_parallel_tool_use: orNull(z.boolean()),
    }),
  ),
}

/** The body of `POST /messages`. Unknown fields pass. */
export const messageParams = z.looseObject({
  ...fields,
  max_tokens: maxTokens,
  metadata: orNull(z.looseObject({ user_id: orNull(z.string().max(4096)) })),
  service_tier: orNull(z.string().max(64)),
  stop_sequences: orNull(z.array(z.string().max(4096)).max(1024)),
  stream: orNull(z.boolean()),
  temperature: orNull(z.number().min(0).max(2)),
  top_k: orNull(z.int().min(0)),
  top_p: orNull(z.number().min(0).max(1)),
})

/** The body of `POST /messages/count_tokens`. Unknown fields pass. */
export const messageCountTokensParams = z.looseObject(fields)
