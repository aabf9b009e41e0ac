import { isObject, type Json } from '@sluice/providers/internal'

/**
 * A JSON Schema as an object; `true` and what cannot be resolved are the empty one, which allows
 * anything.
 */
export type JsonSchema = Json

const ANYTHING: JsonSchema = {}
const MAX_REFS = 2000
const MAX_NESTING = 64
const MAX_ALTERNATIVES = 32
/** Keywords and properties copied while schemas are merged; what comes after is not merged in. */
const MAX_MERGED = 50_000

/**
 * Schemas of one document with the indirections taken out: `$ref` (within the document) followed,
 * `allOf` merged, one alternative of `anyOf` or `oneOf` chosen. Each schema is worked out once, so
 * that a document costs what it is long, however often it refers to itself.
 */
export class FlatSchemas {
  readonly #root: unknown
  readonly #first = new Map<object, JsonSchema | undefined>()
  readonly #smallest = new Map<object, JsonSchema | undefined>()
  readonly #keys = new Map<object, readonly string[]>()
  #mergesLeft = MAX_MERGED

  constructor(root: unknown) {
    this.#root = root
  }

  /**
   * The plain schema. Of alternatives it is the first or, with `smallest`, the one that ends
   * soonest, where the answer has to come to an end.
   */
  flat(schema: unknown, smallest: boolean): JsonSchema {
    return this.#flat(schema, smallest, 0) ?? ANYTHING
  }

  /** The names in an object, listed once however often it is asked for. */
  keysOf(value: object): readonly string[] {
    let keys = this.#keys.get(value)
    if (keys === undefined) this.#keys.set(value, (keys = Object.keys(value)))
    return keys
  }

  /** `undefined` where the schema leads only to itself. */
  #flat(schema: unknown, smallest: boolean, nesting: number): JsonSchema | undefined {
    if (!isObject(schema) || nesting > MAX_NESTING) return ANYTHING
    const known = smallest ? this.#smallest : this.#first
    if (known.has(schema)) return known.get(schema)
    // While it is being worked out, a way back to it is a circle.
    known.set(schema, undefined)
    const flat = this.#workOut(schema, smallest, nesting)
    known.set(schema, flat)
    return flat
  }

  #workOut(schema: JsonSchema, smallest: boolean, nesting: number): JsonSchema | undefined {
    let flat: JsonSchema = schema
    if (typeof schema['$ref'] === 'string') {
      const { $ref: _ref, ...beside } = schema
      const target = this.#follow(schema['$ref'])
      if (target === undefined) return undefined
      const resolved = this.#flat(target, smallest, nesting + 1)
      if (resolved === undefined) return undefined
      flat = this.keysOf(schema).length === 1 ? resolved : this.#merge(resolved, beside)
    }
    if (Array.isArray(schema['allOf'])) {
      for (const part of schema['allOf'].slice(0, MAX_ALTERNATIVES) as unknown[]) {
        flat = this.#merge(flat, this.#flat(part, smallest, nesting + 1) ?? ANYTHING)
      }
    }
    const alternatives = schema['anyOf'] ?? schema['oneOf']
    if (Array.isArray(alternatives) && alternatives.length > 0) {
      const chosen = this.#choose(alternatives.slice(0, MAX_ALTERNATIVES), smallest, nesting)
      if (chosen === undefined) return undefined
      flat = this.#merge(flat, chosen)
    }
    return flat
  }

  #choose(
    alternatives: readonly unknown[],
    smallest: boolean,
    nesting: number,
  ): JsonSchema | undefined {
    let best: JsonSchema | undefined
    for (const alternative of alternatives) {
      const flat = this.#flat(alternative, smallest, nesting + 1)
      if (flat === undefined) continue
      if (!smallest) return flat
      if (best === undefined || sizeOf(flat) < sizeOf(best)) best = flat
    }
    return best
  }

  /**
   * One schema with another's keywords over it, properties and required names of both; the one
   * alone when too much has been merged.
   */
  #merge(one: JsonSchema, other: JsonSchema): JsonSchema {
    const { properties: own, required: names } = one
    const { properties: more, required: moreNames } = other
    const mergesProperties = isObject(own) && isObject(more)
    const mergesNames = Array.isArray(names) && Array.isArray(moreNames)
    this.#mergesLeft -= this.keysOf(one).length + this.keysOf(other).length
    if (mergesProperties) this.#mergesLeft -= this.keysOf(own).length + this.keysOf(more).length
    if (mergesNames) this.#mergesLeft -= names.length + moreNames.length
    if (this.#mergesLeft < 0) return one
    return {
      ...one,
      ...other,
      ...(mergesProperties ? { properties: { ...own, ...more } } : {}),
      ...(mergesNames ? { required: [...(names as unknown[]), ...(moreNames as unknown[])] } : {}),
    }
  }

  /** Where a reference leads, through any number of further ones; `undefined` for a circle. */
  #follow(reference: string): unknown {
    const seen = new Set<unknown>()
    let target = this.#lookUp(reference)
    while (
      isObject(target) &&
      typeof target['$ref'] === 'string' &&
      this.keysOf(target).length === 1
    ) {
      if (seen.has(target) || seen.size > MAX_REFS) return undefined
      seen.add(target)
      target = this.#lookUp(target['$ref'])
    }
    return target
  }

  #lookUp(reference: string): unknown {
    if (!reference.startsWith('#')) return ANYTHING
    let at: unknown = this.#root
    for (const step of reference.split('/').slice(1)) {
      const key = unescapePointer(step)
      if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return ANYTHING
      at = (at as JsonSchema)[key]
    }
    return at
  }
}

/**
 * The type that a plain schema asks for, the first where it allows several, guessed from its
 * keywords where it names none.
 */
export function typeOf(schema: JsonSchema): string {
  const { type } = schema
  if (typeof type === 'string') return type
  if (Array.isArray(type)) {
    const first: unknown = type.find((one) => one !== 'null') ?? type[0]
    if (typeof first === 'string') return first
  }
  if (schema['properties'] !== undefined || schema['required'] !== undefined) return 'object'
  if (schema['items'] !== undefined || schema['prefixItems'] !== undefined) return 'array'
  if (
    schema['minimum'] !== undefined ||
    schema['maximum'] !== undefined ||
    schema['multipleOf'] !== undefined
  )
    return 'number'
  return 'string'
}

/** How much an instance needs at the least, roughly. */
function sizeOf(schema: JsonSchema): number {
  if (schema['const'] !== undefined || schema['enum'] !== undefined) return 0
  const type = typeOf(schema)
  if (type === 'object')
    return Array.isArray(schema['required']) && schema['required'].length > 0 ? 4 : 2
  if (type === 'array')
    return typeof schema['minItems'] === 'number' && schema['minItems'] > 0 ? 4 : 2
  return type === 'null' ? 0 : 1
}

function unescapePointer(step: string): string {
  let plain = step
  try {
    plain = decodeURIComponent(step)
  } catch {
    // A lone percent sign stands for itself.
  }
  return plain.replaceAll('~1', '/').replaceAll('~0', '~')
}
