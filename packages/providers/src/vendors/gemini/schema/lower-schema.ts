import { isObject, type Json } from '../json.ts'
import { completeSchema } from './complete-schema.ts'
import { knownTypes, lowerKeywords } from './lower-keywords.ts'
import { mergeSchemas } from './merge-schemas.ts'

/** A JSON Schema in the part of the standard that Gemini knows. */
export interface LoweredSchema {
  readonly schema: Json
  /**
   * Keywords that were left out or loosened, each once: the model may now answer what the schema
   * forbids.
   */
  readonly weakened: readonly string[]
  /** Schemas that stand nowhere in what was given: references resolved, unions multiplied out. */
  readonly grown: number
}

/** Deeper schemas are left open. */
const MAX_DEPTH = 48

/**
 * Lowers a JSON Schema to what `responseJsonSchema` and `parametersJsonSchema` take (v1beta
 * reference, `GenerationConfig`): references are resolved, and cut where they come back to
 * themselves; `oneOf` counts as `anyOf`, which has to stand alone, so that what stands beside it
 * moves into each of its branches; `allOf` is merged; `const` becomes `enum`, OpenAPI's `nullable`
 * a type; a list without `items`, which is refused, gets open ones.
 *
 * @param maxGrowth A few lines of schema can stand for millions once references are resolved; past
 * so many schemas more than were given, the rest is left open.
 */
export function lowerSchema(schema: unknown, maxGrowth = 2000): LoweredSchema {
  const weakened = new Set<string>()
  const lowering = new Lowering(schema, weakened, maxGrowth)
  const open = lowering.lower(schema, [], 0)
  const completed = completeSchema(open, weakened, lowering.nodes + maxGrowth - lowering.grown)
  const grown = lowering.grown + Math.max(0, completed.nodes - lowering.nodes)
  return { schema: completed.schema, weakened: [...weakened].sort(), grown }
}

class Lowering {
  readonly #root: unknown
  readonly #weakened: Set<string>
  readonly #maxGrowth: number
  /** Schemas made. */
  nodes = 0
  /** Those of them that references brought. */
  grown = 0

  constructor(root: unknown, weakened: Set<string>, maxGrowth: number) {
    this.#root = root
    this.#weakened = weakened
    this.#maxGrowth = maxGrowth
  }

  lower(schema: unknown, within: readonly unknown[], depth: number): Json {
    if (schema === false) this.#weakened.add('false')
    if (!isObject(schema)) return {}
    this.nodes++
    if (depth > MAX_DEPTH || (within.length > 0 && this.grown >= this.#maxGrowth)) {
      this.#weakened.add('size')
      return {}
    }
    if (within.length > 0) this.grown++
    const down = (inner: unknown) => this.lower(inner, within, depth + 1)
    const parts = [lowerKeywords(schema, down, this.#weakened)]
    if (typeof schema['$ref'] === 'string') parts.push(this.#refer(schema['$ref'], within, depth))
    if (Array.isArray(schema['allOf'])) for (const part of schema['allOf']) parts.push(down(part))
    for (const keyword of ['anyOf', 'oneOf']) {
      const union = schema[keyword]
      if (Array.isArray(union) && union.length > 0) parts.push({ anyOf: union.map(down) })
    }
    const merged = mergeSchemas(parts, (keyword) => this.#weakened.add(keyword))
    // OpenAPI says so beside a reference or a union, too, whose types are known only now.
    const orNull = schema['nullable'] === true && ![merged['type']].flat().includes('null')
    return orNull ? { anyOf: [merged, { type: 'null' }] } : merged
  }

  #refer(reference: string, within: readonly unknown[], depth: number): Json {
    const target = resolvePointer(this.#root, reference)
    if (target !== undefined && !within.includes(target))
      return this.lower(target, [...within, target], depth + 1)
    this.nodes++
    this.#weakened.add('$ref')
    const types = isObject(target) ? knownTypes(target['type']) : []
    return types.length === 1 ? { type: types[0] } : {}
  }
}

function resolvePointer(root: unknown, reference: string): unknown {
  if (!reference.startsWith('#')) return undefined
  let found = root
  for (const step of reference.slice(1).split('/').slice(1)) {
    if (typeof found !== 'object' || found === null) return undefined
    const key = decodeStep(step)
    found = Object.hasOwn(found, key) ? (found as Json)[key] : undefined
  }
  return found
}

function decodeStep(step: string): string {
  const unescaped = step.replaceAll('~1', '/').replaceAll('~0', '~')
  try {
    return decodeURIComponent(unescaped)
  } catch {
    return unescaped
  }
}
