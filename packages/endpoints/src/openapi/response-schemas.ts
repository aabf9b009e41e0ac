import { errorCodes } from '@sluice/core'
import { z } from 'zod'

const seconds = z.int().describe('Unix time in seconds.')
const count = z.int().min(0)
const finishReason = z.enum(['stop', 'length', 'tool_calls', 'content_filter', 'function_call'])

const completionUsage = z.looseObject({
  prompt_tokens: count,
  completion_tokens: count,
  total_tokens: count,
})

const toolCall = z.looseObject({
  id: z.string(),
  type: z.literal('function'),
  function: z.looseObject({
    name: z.string(),
    arguments: z.string().describe('JSON, exactly as the model wrote it.'),
  }),
})

const toolCallDelta = z.looseObject({
  index: count,
  id: z.string().optional(),
  type: z.literal('function').optional(),
  function: z
    .looseObject({ name: z.string().optional(), arguments: z.string().optional() })
    .optional(),
})

const chatCompletion = z.looseObject({
  id: z.string(),
  object: z.literal('chat.completion'),
  created: seconds,
  model: z.string(),
  choices: z.array(
    z.looseObject({
      index: count,
      message: z.looseObject({
        role: z.literal('assistant'),
        content: z.string().nullable(),
        refusal: z.string().nullable(),
        reasoning_content: z.string().optional(),
        tool_calls: z.array(toolCall).optional(),
      }),
      finish_reason: finishReason,
      logprobs: z.looseObject({}).nullable(),
    }),
  ),
  usage: completionUsage.optional(),
})

const chatCompletionChunk = z.looseObject({
  id: z.string(),
  object: z.literal('chat.completion.chunk'),
  created: seconds,
  model: z.string(),
  choices: z
    .array(
      z.looseObject({
        index: count,
        delta: z.looseObject({
          role: z.literal('assistant').optional(),
          content: z.string().nullish(),
          refusal: z.string().nullish(),
          reasoning_content: z.string().nullish(),
          tool_calls: z.array(toolCallDelta).optional(),
        }),
        finish_reason: finishReason.nullable(),
      }),
    )
    .describe('Empty in the last chunk where `stream_options.include_usage` asked for the usage.'),
  usage: completionUsage.nullish(),
})

const completion = z.looseObject({
  id: z.string(),
  object: z.literal('text_completion'),
  created: seconds,
  model: z.string(),
  choices: z.array(
    z.looseObject({
      index: count,
      text: z.string(),
      finish_reason: z.enum(['stop', 'length', 'content_filter']).nullable(),
      logprobs: z.looseObject({}).nullable(),
    }),
  ),
  usage: completionUsage.nullish(),
})

const embeddingList = z.looseObject({
  object: z.literal('list'),
  data: z.array(
    z.looseObject({
      object: z.literal('embedding'),
      index: count,
      embedding: z.union([
        z.array(z.number()),
        z.string().describe('Base64 of little-endian 32-bit floats.'),
      ]),
    }),
  ),
  model: z.string(),
  usage: z.looseObject({ prompt_tokens: count, total_tokens: count }),
})

const image = z.looseObject({
  url: z.string().optional(),
  b64_json: z.string().optional(),
  revised_prompt: z.string().optional(),
})
const images = z.looseObject({
  created: seconds,
  data: z.array(image),
  usage: z
    .looseObject({ input_tokens: count, output_tokens: count, total_tokens: count })
    .optional(),
})

const moderation = z.looseObject({
  id: z.string(),
  model: z.string(),
  results: z.array(
    z.looseObject({
      flagged: z.boolean(),
      categories: z.record(z.string(), z.boolean()),
      category_scores: z.record(z.string(), z.number()),
    }),
  ),
})

const responseItem = z.looseObject({ id: z.string().optional(), type: z.string() })
const response = z.looseObject({
  id: z.string(),
  object: z.literal('response'),
  created_at: seconds,
  status: z.enum(['queued', 'in_progress', 'completed', 'incomplete', 'failed', 'cancelled']),
  model: z.string(),
  output: z.array(responseItem),
  error: z.looseObject({ code: z.string(), message: z.string() }).nullable(),
  incomplete_details: z.looseObject({ reason: z.string() }).nullable(),
  usage: z
    .looseObject({ input_tokens: count, output_tokens: count, total_tokens: count })
    .nullish(),
})

const model = z.looseObject({
  id: z.string(),
  object: z.literal('model'),
  created: seconds,
  owned_by: z.string(),
})

const event = z.looseObject({ type: z.string() })

const error = z.object({
  error: z.object({
    message: z.string(),
    type: z.enum([...new Set(Object.values(errorCodes).map(({ type }) => type))]).or(z.string()),
    param: z
      .string()
      .nullable()
      .describe('The field that is wrong, as a path such as `messages[0].role`.'),
    code: z
      .enum(Object.keys(errorCodes) as [string, ...string[]])
      .or(z.string())
      .nullable()
      .describe('One of these, or a word of the vendor that answered.'),
  }),
})

/**
 * What is answered, under the names that the document gives it. The main fields; all may hold more.
 */
export const responseSchemas = {
  ChatCompletion: chatCompletion,
  ChatCompletionChunk: chatCompletionChunk,
  Completion: completion,
  EmbeddingList: embeddingList,
  Images: images,
  ImageEvent: event,
  Transcription: z.looseObject({ text: z.string() }),
  TranscriptionEvent: event.clone(),
  SpeechEvent: event.clone(),
  Moderation: moderation,
  Response: response,
  ResponseEvent: event.extend({ sequence_number: count }),
  ResponseItems: z.looseObject({
    object: z.literal('list'),
    data: z.array(responseItem),
    first_id: z.string().nullable(),
    last_id: z.string().nullable(),
    has_more: z.boolean(),
  }),
  ResponseDeleted: z.looseObject({ id: z.string(), object: z.string(), deleted: z.literal(true) }),
  Model: model,
  Models: z.looseObject({ object: z.literal('list'), data: z.array(model) }),
  Error: error,
} as const satisfies Record<string, z.ZodType>

/** The name of something that is answered. */
export type ResponseName = keyof typeof responseSchemas
