import { z } from 'zod'
import { orNull } from './fields.ts'

const content = z.looseObject({
  role: z.string().max(64).optional(),
  parts: z.array(z.looseObject({})).max(100_000).optional(),
})

/** The body of `POST /models/{model}:generateContent`. Unknown fields pass. */
export const generateContentParams = z.looseObject({
  contents: z.array(content).min(1).max(100_000),
  systemInstruction: orNull(content),
  tools: orNull(z.array(z.looseObject({})).max(10_000)),
  generationConfig: orNull(z.looseObject({})),
})

/** The body of `POST /models/{model}:countTokens`. Unknown fields pass. */
export const countTokensParams = z.looseObject({
  contents: z.array(content).max(100_000).optional(),
  generateContentRequest: z.looseObject({}).optional(),
})
