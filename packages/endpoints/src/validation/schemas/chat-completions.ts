import { z } from 'zod'
import { grammar, modelName, maxTokens, orNull, penalty, stopSequences } from './fields.ts'

const contentPart = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('text'), text: z.string() }),
  z.looseObject({ type: z.literal('refusal'), refusal: z.string() }),
  z.looseObject({
    type: z.literal('image_url'),
    image_url: z.looseObject({ url: z.string().min(1), detail: z.string().optional() }),
  }),
  z.looseObject({
    type: z.literal('input_audio'),
    input_audio: z.looseObject({ data: z.string(), format: z.string() }),
  }),
  z.looseObject({ type: z.literal('file'), file: z.looseObject({}) }),
  // Vendors' own kinds of input, handed on as they are.
  z.looseObject({
    type: z.enum(['video_url', 'video', 'audio_url', 'document', 'input_image', 'input_text']),
  }),
])

const content = z.union([z.string(), z.array(contentPart).max(1024)])

const toolCall = z
  .looseObject({
    id: z.string(),
    type: z.string().optional(),
    function: z.looseObject({ name: z.string().min(1).max(256), arguments: z.string() }).optional(),
    custom: z.looseObject({ name: z.string().min(1).max(256), input: z.string() }).optional(),
  })
  .refine(
    ({ type = 'function', function: called }) => type !== 'function' || called !== undefined,
    {
      path: ['function'],
      error: 'this parameter is required',
    },
  )
  .refine(({ type, custom }) => type !== 'custom' || custom !== undefined, {
    path: ['custom'],
    error: 'this parameter is required',
  })

const message = z.discriminatedUnion('role', [
  z.looseObject({
    role: z.enum(['system', 'developer', 'user']),
    content,
    name: z.string().optional(),
  }),
  z.looseObject({
    role: z.literal('assistant'),
    content: content.nullish(),
    tool_calls: z.array(toolCall).max(128).nullish(),
  }),
  z.looseObject({ role: z.literal('tool'), content, tool_call_id: z.string().min(1) }),
  z.looseObject({
    role: z.literal('function'),
    content: content.nullish(),
    name: z.string().min(1),
  }),
])

const tool = z.looseObject({
  type: z.string(),
  function: z
    .looseObject({
      name: z.string(),
      description: z.string().optional(),
      parameters: z.looseObject({}).nullish(),
      strict: z.boolean().nullish(),
    })
    .optional(),
  custom: z
    .looseObject({
      name: z.string(),
      description: z.string().optional(),
      format: z
        .looseObject({ type: z.enum(['text', 'grammar']), grammar: grammar.optional() })
        .refine((format) => format.type !== 'grammar' || format.grammar !== undefined, {
          path: ['grammar'],
          error: 'this parameter is required',
        })
        .optional(),
    })
    .optional(),
})

const NAME = /^[A-Za-z0-9_-]{1,64}$/
const notAName = { error: 'Expected 1 to 64 letters, digits, underscores or hyphens.' }

const functionTool = tool.refine(
  (one) => one.type !== 'function' || NAME.test(one.function?.name ?? ''),
  {
    path: ['function', 'name'],
    ...notAName,
  },
)
const namedTool = functionTool.refine(
  (one) => one.type !== 'custom' || NAME.test(one.custom?.name ?? ''),
  {
    path: ['custom', 'name'],
    ...notAName,
  },
)

const responseFormat = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('text') }),
  z.looseObject({ type: z.literal('json_object') }),
  z.looseObject({
    type: z.literal('json_schema'),
    json_schema: z.looseObject({
      name: z.string().regex(NAME, notAName),
      schema: z.looseObject({}).optional(),
      strict: z.boolean().nullish(),
    }),
  }),
])

/**
 * The body of `POST /chat/completions`, with the bounds that the relays' manuals and OpenAI's
 * reference give. Unknown fields pass.
 */
export const chatCompletionParams = z.looseObject({
  model: modelName,
  messages: z.array(message).min(1).max(4096),
  temperature: orNull(z.number().min(0).max(2)),
  top_p: orNull(z.number().min(0).max(1)),
  n: orNull(z.int().min(1).max(128)),
  max_tokens: orNull(maxTokens),
  max_completion_tokens: orNull(maxTokens),
  stop: stopSequences,
  presence_penalty: penalty,
  frequency_penalty: penalty,
  stream: orNull(z.boolean()),
  stream_options: orNull(z.looseObject({ include_usage: orNull(z.boolean()) })),
  tools: orNull(z.array(namedTool).max(128)),
  tool_choice: orNull(
    z.union([z.enum(['none', 'auto', 'required']), z.looseObject({ type: z.string() })]),
  ),
  parallel_tool_calls: orNull(z.boolean()),
  response_format: orNull(responseFormat),
  logprobs: orNull(z.boolean()),
  top_logprobs: orNull(z.int().min(0).max(20)),
  logit_bias: orNull(z.record(z.string(), z.number().min(-100).max(100))),
  seed: orNull(z.int()),
  user: orNull(z.string().max(1024)),
  top_k: orNull(z.number().min(0)),
})
