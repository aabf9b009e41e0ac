import { z } from 'zod'
import type { FormShape } from '../../multipart/form-params.ts'
import { modelName, orNull, uploadedFile } from './fields.ts'

/** What the fields of `POST /images/edits` and `POST /images/variations` stand for. */
export const imageForm: FormShape = {
  image: 'files',
  mask: 'file',
  n: 'number',
  output_compression: 'number',
  partial_images: 'number',
  stream: 'boolean',
}

const size = z.string().regex(/^(?:auto|[1-9]\d{0,4}x[1-9]\d{0,4})$/, {
  error: "Expected 'auto' or a size such as '1024x1024'.",
})
const images = z
  .array(uploadedFile.refine((file) => file.size > 0, { error: 'The file is empty.' }))
  .min(1)
  .max(16)

const common = {
  // Left out, the route's own.
  model: modelName.optional(),
  n: orNull(z.int().min(1).max(10)),
  size: orNull(size),
  response_format: orNull(z.enum(['url', 'b64_json'])),
  user: z.string().max(1024).optional(),
}

const drawing = {
  ...common,
  prompt: z.string().min(1).max(32_000),
  quality: orNull(z.enum(['standard', 'hd', 'low', 'medium', 'high', 'auto'])),
  style: orNull(z.enum(['vivid', 'natural'])),
  background: orNull(z.enum(['transparent', 'opaque', 'auto'])),
  output_format: orNull(z.enum(['png', 'jpeg', 'webp'])),
  output_compression: orNull(z.int().min(0).max(100)),
  moderation: orNull(z.enum(['low', 'auto'])),
  stream: orNull(z.boolean()),
  partial_images: orNull(z.int().min(0).max(3)),
}

/** The body of `POST /images/generations`. Unknown fields pass. */
export const imageGenerateParams = z.looseObject(drawing)

/** The form of `POST /images/edits`: up to 16 pictures to change. Unknown fields pass. */
export const imageEditParams = z.looseObject({
  ...drawing,
  image: images,
  mask: uploadedFile.optional(),
})

/** The form of `POST /images/variations`. Unknown fields pass. */
export const imageVariationParams = z.looseObject({ ...common, image: images })
