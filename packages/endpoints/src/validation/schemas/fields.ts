import type { UploadedFile } from '@sluice/core/wire'
import { z } from 'zod'

/** A field that may be left out or be null. */
export function orNull<Schema extends z.ZodType>(
  schema: Schema,
): z.ZodOptional<z.ZodNullable<Schema>> {
  return schema.nullable().optional()
}

/**
 * A model name: printable, without spaces, and never a path upwards, because some vendors take it
 * in their URL.
 */
export const modelName = z
  .string()
  .min(1)
  .max(512)
  .regex(/^(?!.*(?:^|\/)\.\.(?:\/|$))[^\s\p{Cc}]+$/u, { error: 'Expected a model name.' })

/** A bound on the answer's length. */
export const maxTokens = z.int().min(1).max(10_000_000)

/**
 * A token of a text as its number. One that is wrong ends the check: there may be 300,000 of them.
 */
export const tokenId = z.int({ abort: true }).min(0, { abort: true })

/** A penalty from -2 to 2. */
export const penalty = orNull(z.number().min(-2).max(2))

/** One stop sequence or several. */
export const stopSequences = orNull(
  z.union([z.string().max(4096), z.array(z.string().max(4096)).max(64)]),
)

/** The grammar that the input of a custom tool has. */
export const grammar = z.looseObject({
  definition: z.string().min(1),
  syntax: z.enum(['lark', 'regex']),
})

/** A file of a form. */
export const uploadedFile = z.custom<UploadedFile>(
  (value) => typeof value === 'object' && value !== null && 'open' in value,
  { error: 'Expected a file.' },
)
