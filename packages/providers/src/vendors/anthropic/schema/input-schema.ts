import { isObject } from '../json.ts'
import { liftSchema } from './lift-schema.ts'
import { objectSchema, type ObjectSchema } from './object-schema.ts'
import type { PropertyNames } from './property-names.ts'

/** The parameters of a function as the vendor takes them. */
export interface InputSchema {
  readonly schema: ObjectSchema
  /** Keywords that could not be carried. */
  readonly lost: readonly string[]
}

/**
 * Writes the parameters of a function: draft 2020-12, an object at the top, names as they must be.
 */
export function inputSchema(parameters: unknown, names: PropertyNames | undefined): InputSchema {
  const given = isObject(parameters) ? parameters : {}
  const { schema, weakened, refersToTop } = liftSchema(given, { names, losesTop: true })
  const lost = new Set(weakened)
  for (const union of ['anyOf', 'oneOf']) if (schema[union] !== undefined) lost.add(union)
  return { schema: objectSchema(schema, refersToTop), lost: [...lost] }
}
