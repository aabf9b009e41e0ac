import { z } from 'zod'
import { modelName } from './fields.ts'

const text = z.string().max(1_000_000)
const part = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('text'), text }),
  z.looseObject({
    type: z.literal('image_url'),
    image_url: z.looseObject({ url: z.string().min(1) }),
  }),
])

/**
 * The body of `POST /moderations`: one text, several, or parts of text and pictures. Unknown fields
 * pass.
 */
export const moderationParams = z.looseObject({
  model: modelName.optional(),
  input: z.union([text, z.array(text).min(1).max(2048), z.array(part).min(1).max(2048)]),
})
