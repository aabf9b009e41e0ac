import { z } from 'zod'
import { grammar, maxTokens, modelName, orNull, penalty } from './fields.ts'

const part = z.looseObject({ type: z.string().min(1).max(64), text: orNull(z.string()) })
const content = z.union([z.string(), z.array(part).max(1024)])
const text = z.string()

const message = z.looseObject({
  type: z.literal('message').optional(),
  role: z.enum(['user', 'assistant', 'system', 'developer']),
  content,
})
const functionCall = z.looseObject({
  type: z.literal('function_call'),
  call_id: z.string().min(1).max(256),
  name: z.string().min(1).max(256),
  arguments: text,
})
const functionCallOutput = z.looseObject({
  type: z.literal('function_call_output'),
  call_id: z.string().min(1).max(256),
  output: content,
})
const customToolCall = z.looseObject({
  type: z.literal('custom_tool_call'),
  call_id: z.string().min(1).max(256),
  name: z.string().min(1).max(256),
  input: text,
})
const customToolCallOutput = z.looseObject({
  type: z.literal('custom_tool_call_output'),
  call_id: z.string().min(1).max(256),
  output: content,
})
const summary = z.array(z.looseObject({ type: z.string(), text })).max(1024)
const reasoning = z.looseObject({
  type: z.literal('reasoning'),
  summary: orNull(summary),
  content: orNull(summary),
})
const itemId = z.string().min(1).max(512)
const itemReference = z.looseObject({ type: z.literal('item_reference'), id: itemId })
/** The same without its type, which OpenAI lets clients leave out. */
const bareReference = z.looseObject({
  type: z.null().optional(),
  role: z.never().optional(),
  content: z.never().optional(),
  id: itemId,
})
/** Kinds of item that are the upstream's own, handed on as they are. */
const CHECKED = new Set([
  'message',
  'function_call',
  'function_call_output',
  'custom_tool_call',
  'custom_tool_call_output',
  'additional_tools',
  'reasoning',
  'item_reference',
])
const other = z.looseObject({
  type: z
    .string()
    .min(1)
    .max(64)
    .refine((type) => !CHECKED.has(type), {
      error: 'the item is not of the form that its type has',
      // Else zod takes this for what is wrong, and not what is wrong with the form that was meant.
      abort: true,
    }),
})

const format = z
  .looseObject({ type: z.string().min(1).max(64) })
  .refine((one) => one.type !== 'grammar' || grammar.safeParse(one).success, {
    path: ['definition'],
    error: 'Expected a grammar: its definition, and its syntax, lark or regex.',
  })
const tool = z
  .looseObject({
    type: z.string().min(1).max(64),
    name: z.string().optional(),
    parameters: orNull(z.looseObject({})),
    format: format.optional(),
  })
  .refine((one) => one.type !== 'function' || /^[A-Za-z0-9_-]{1,64}$/.test(one.name ?? ''), {
    path: ['name'],
    error: 'Expected 1 to 64 letters, digits, underscores or hyphens.',
  })
  .refine((one) => one.type !== 'custom' || (one.name ?? '') !== '', {
    path: ['name'],
    error: 'this parameter is required',
  })
  .refine((one) => one.type !== 'namespace' || Array.isArray(one['tools']), {
    path: ['tools'],
    error: 'Expected an array.',
  })
const tools = z.array(tool).max(128)
const additionalTools = z.looseObject({ type: z.literal('additional_tools'), tools })

const item = z.union([
  message,
  functionCall,
  functionCallOutput,
  customToolCall,
  customToolCallOutput,
  additionalTools,
  reasoning,
  itemReference,
  other,
  bareReference,
])

const textFormat = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('text') }),
  z.looseObject({ type: z.literal('json_object') }),
  z.looseObject({
    type: z.literal('json_schema'),
    name: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
    schema: z.looseObject({}),
    strict: orNull(z.boolean()),
  }),
  z.looseObject({ type: z.literal('grammar') }),
])

const metadata = z
  .record(z.string().max(64), z.string().max(512))
  .refine((pairs) => Object.keys(pairs).length <= 16, { error: 'Expected at most 16 pairs.' })

/** Something else than `input` that a response can go on from. */
const SOURCES = ['previous_response_id', 'prompt', 'conversation'] as const

/** The body of `POST /responses`. Unknown fields pass. */
export const responseParams = z
  .looseObject({
    model: modelName,
    input: z.union([z.string(), z.array(item).max(10_000)]).optional(),
    background: orNull(z.boolean()),
    frequency_penalty: penalty,
    include: orNull(z.array(z.string().max(128)).max(32)),
    instructions: orNull(z.string()),
    max_output_tokens: orNull(maxTokens),
    max_tool_calls: orNull(z.int().min(0)),
    metadata: orNull(metadata),
    parallel_tool_calls: orNull(z.boolean()),
    presence_penalty: penalty,
    previous_response_id: orNull(z.string().min(1).max(256)),
    prompt_cache_key: orNull(z.string().max(1024)),
    reasoning: orNull(
      z.looseObject({ effort: orNull(z.string().max(32)), summary: orNull(z.string().max(32)) }),
    ),
    safety_identifier: orNull(z.string().max(1024)),
    service_tier: orNull(z.string().max(64)),
    store: orNull(z.boolean()),
    stream: orNull(z.boolean()),
    temperature: orNull(z.number().min(0).max(2)),
    text: orNull(z.looseObject({ format: textFormat.optional() })),
    tool_choice: orNull(
      z.union([z.enum(['none', 'auto', 'required']), z.looseObject({ type: z.string() })]),
    ),
    tools: orNull(tools),
    top_logprobs: orNull(z.int().min(0).max(20)),
    top_p: orNull(z.number().min(0).max(1)),
    truncation: orNull(z.enum(['auto', 'disabled'])),
    user: orNull(z.string().max(1024)),
  })
  .refine(
    (params) =>
      params.input !== undefined || SOURCES.some((name) => (params[name] ?? null) !== null),
    {
      path: ['input'],
      error: 'this parameter is required',
    },
  )
  .refine(
    (params) =>
      (params['conversation'] ?? null) === null || (params.previous_response_id ?? null) === null,
    {
      path: ['previous_response_id'],
      error: "it cannot be used together with 'conversation'",
    },
  )
