import { z } from 'zod'
import { modelName, tokenId } from './fields.ts'

const tokens = z.array(tokenId).min(1).max(300_000)

/**
 * The body of `POST /embeddings`: one text or token list, or up to 2,048 of them, none empty.
 * Unknown fields pass.
 */
export const embeddingParams = z.looseObject({
  model: modelName,
  input: z.union([
    z.string().min(1),
    z.array(z.string().min(1)).min(1).max(2048),
    tokens,
    z.array(tokens).min(1).max(2048),
  ]),
  encoding_format: z.enum(['float', 'base64']).optional(),
  dimensions: z.int().min(1).max(100_000).optional(),
  user: z.string().max(1024).optional(),
})
