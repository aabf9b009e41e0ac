import { completeSchema } from './complete-schema.ts'
import { isObject, type Json } from '../json.ts'
import { lowerKeywords } from './lower-keywords.ts'
import { mergeSchemas } from './merge-schemas.ts'

/** A JSON Schema in the part of the standard that Gemini knows. */
export interface LoweredSchema {
  readonly schema: Json
  /** Keywords that were left out or loosened, each once: the model may now answer what the schema forbids. */
  readonly weakened: readonly string[]
}

/** Schemas that refer to one another can grow without end when references are resolved; past these limits a schema is left open. */
const MAX_NODES = 5000
const MAX_DEPTH = 48

/**
 * Lowers a JSON Schema to what `responseJsonSchema` and `parametersJsonSchema` take (v1beta reference, `GenerationConfig`): references are resolved, and cut
 * where they come back to themselves; `oneOf` counts as `anyOf`, which has to stand alone, so that what stands beside it moves into each of its
 * branches; `allOf` is merged; `const` becomes `enum`, OpenAPI's `nullable` a type; a list without `items`, which is refused, gets open ones.
 */
export function lowerSchema(schema: unknown): LoweredSchema {
  const weakened = new Set<string>()
  const open = new Lowering(schema, weakened).lower(schema, [], 0)
  const lowered = completeSchema(open, weakened, MAX_NODES)
  return { schema: lowered, weakened: [...weakened].sort() }
}

class Lowering {
  readonly #root: unknown
  readonly #weakened: Set<string>
  #nodes = 0

  constructor(root: unknown, weakened: Set<string>) {
    this.#root = root
    this.#weakened = weakened
  }

  lower(schema: unknown, within: readonly unknown[], depth: number): Json {
    if (schema === false) this.#weakened.add('false')
    if (!isObject(schema)) return {}
    if (++this.#nodes > MAX_NODES || depth > MAX_DEPTH) {
      this.#weakened.add('size')
      return {}
    }
    const down = (inner: unknown) => this.lower(inner, within, depth + 1)
    let lowered = lowerKeywords(schema, down, this.#weakened)
    if (typeof schema['$ref'] === 'string') lowered = this.#merge(lowered, this.#refer(schema['$ref'], within, depth))
    if (Array.isArray(schema['allOf'])) for (const part of schema['allOf']) lowered = this.#merge(lowered, down(part))
    for (const keyword of ['anyOf', 'oneOf']) {
      const union = schema[keyword]
      if (Array.isArray(union) && union.length > 0) lowered = this.#merge(lowered, { anyOf: union.map(down) })
    }
    return lowered
  }

  #refer(reference: string, within: readonly unknown[], depth: number): Json {
    const target = resolvePointer(this.#root, reference)
    if (target !== undefined && !within.includes(target)) return this.lower(target, [...within, target], depth + 1)
    this.#weakened.add('$ref')
    return isObject(target) && typeof target['type'] === 'string' ? { type: target['type'] } : {}
  }

  #merge(first: Json, second: Json): Json {
    return mergeSchemas(first, second, (keyword) => this.#weakened.add(keyword))
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
