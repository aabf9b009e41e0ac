import { z } from 'zod'
import { orNull } from './fields.ts'

const part = z.looseObject({
  text: z.string().optional(),
  thought: z.boolean().optional(),
  thoughtSignature: z.string().optional(),
  inlineData: z.looseObject({ mimeType: z.string().max(256), data: z.string() }).optional(),
  fileData: z.looseObject({ fileUri: z.string().min(1).max(32_768) }).optional(),
  functionCall: z
    .looseObject({ name: z.string().min(1).max(256), args: orNull(z.looseObject({})) })
    .optional(),
  functionResponse: z
    .looseObject({ name: z.string().min(1).max(256), response: orNull(z.looseObject({})) })
    .optional(),
})

/** Google takes one for a list of one. */
function oneOrMore<Schema extends z.ZodType>(schema: Schema, max: number) {
  return z.union([z.array(schema).max(max), schema])
}

const content = z.looseObject({
  role: orNull(z.string().max(64)),
  parts: orNull(oneOrMore(part, 100_000)),
})
const contents = z.union([z.array(content).min(1).max(100_000), content])

const declaration = z.looseObject({
  name: z.string().min(1).max(256),
  description: z.string().optional(),
  parameters: orNull(z.looseObject({})),
})
const tools = z
  .array(z.looseObject({ functionDeclarations: orNull(z.array(declaration).max(10_000)) }))
  .max(10_000)

const generationConfig = z.looseObject({
  temperature: orNull(z.number()),
  topP: orNull(z.number()),
  topK: orNull(z.number()),
  candidateCount: orNull(z.int().min(1).max(128)),
  maxOutputTokens: orNull(z.int().min(1).max(10_000_000)),
  stopSequences: orNull(z.array(z.string().max(4096)).max(64)),
  responseMimeType: orNull(z.string().max(256)),
  responseSchema: orNull(z.looseObject({})),
  presencePenalty: orNull(z.number()),
  frequencyPenalty: orNull(z.number()),
  seed: orNull(z.int()),
  responseLogprobs: orNull(z.boolean()),
  logprobs: orNull(z.int().min(0).max(20)),
  thinkingConfig: orNull(
    z.looseObject({
      includeThoughts: orNull(z.boolean()),
      thinkingBudget: orNull(z.int().min(-1)),
      thinkingLevel: orNull(z.string().max(64)),
    }),
  ),
})

const fields = {
  systemInstruction: orNull(content),
  system_instruction: orNull(content),
  tools: orNull(tools),
  toolConfig: orNull(z.looseObject({})),
  generationConfig: orNull(generationConfig),
  generation_config: orNull(z.looseObject({ candidate_count: orNull(z.int().min(1).max(128)) })),
  safetySettings: orNull(z.array(z.looseObject({})).max(100)),
  cachedContent: orNull(z.string().max(1024)),
}

/** The body of `POST /models/{model}:generateContent`. Unknown fields pass. */
export const generateContentParams = z.looseObject({ contents, ...fields })

/** The body of `POST /models/{model}:countTokens`. Unknown fields pass. */
export const countTokensParams = z.looseObject({
  contents: contents.optional(),
  generateContentRequest: z.looseObject({ contents: contents.optional(), ...fields }).optional(),
})

const embedding = {
  content,
  taskType: orNull(z.string().max(64)),
  title: orNull(z.string().max(4096)),
  outputDimensionality: orNull(z.int().min(1).max(100_000)),
}

/** The body of `POST /models/{model}:embedContent`. Unknown fields are left out. */
export const embedContentParams = z.looseObject(embedding)

/** The body of `POST /models/{model}:batchEmbedContents`. Unknown fields are left out. */
export const batchEmbedContentsParams = z.looseObject({
  requests: z.array(z.looseObject(embedding)).min(1).max(2048),
})
