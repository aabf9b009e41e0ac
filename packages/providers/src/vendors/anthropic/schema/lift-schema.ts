import { isObject, type Json } from '../json.ts'
import { renameKeys } from './key-renamer.ts'
import { liftPointer } from './lift-pointer.ts'
import type { PropertyNames } from './property-names.ts'
import { isOutdated, modernSchema, saysRequired } from './modern-schema.ts'
import { DEEPEST, PLACES, resolveReference, walkSchemas } from './sub-schemas.ts'
import { isValidKeyword, standardType } from './valid-keywords.ts'

/** Keywords whose values are data, whose keys are names of properties, too. */
const DATA: ReadonlySet<string> = new Set(['const', 'default', 'enum', 'example', 'examples'])

/** A schema in draft 2020-12. */
export interface LiftedSchema {
  readonly schema: Json
  /** Keywords that said nothing that the draft can say. */
  readonly weakened: ReadonlySet<string>
  /** Whether something refers to what `TOP` holds. */
  readonly refersToTop: boolean
}

/** How a schema is lifted. */
export interface LiftOptions {
  readonly names: PropertyNames | undefined
  /** Whether the unions at its top will go; references into them are led to `TOP` in `$defs`. */
  readonly losesTop: boolean
}

/** The definition that keeps the unions of a schema's top where something refers into them. */
export const TOP = '_top'

const INTO_TOP = /^#\/(?:anyOf|oneOf|allOf)\//

/**
 * A schema of any draft, or of OpenAPI, in draft 2020-12, which the vendor insists on: lists in
 * `items`, truths in `exclusiveMinimum`, `definitions`, `dependencies`, `id` and `nullable` are
 * said in today's words; values that the draft forbids are left out, as are references to nowhere
 * and what lies deeper than 200 levels. Properties get the names that the vendor takes. What is
 * right is not copied. Takes time in proportion to the schema; references are not followed.
 */
export function liftSchema(schema: Json, options: LiftOptions): LiftedSchema {
  const lifting = new Lifting(schema, options)
  const lifted = lifting.lift(schema, 0) as Json
  return { schema: lifted, weakened: lifting.weakened, refersToTop: lifting.refersToTop }
}

class Lifting {
  readonly weakened = new Set<string>()
  refersToTop = false
  readonly #root: Json
  readonly #names: PropertyNames | undefined
  readonly #losesTop: boolean
  #anchorsOfRoot: ReadonlySet<string> | undefined

  constructor(root: Json, { names, losesTop }: LiftOptions) {
    this.#root = root
    this.#names = names
    this.#losesTop = losesTop
  }

  lift(schema: unknown, depth: number): unknown {
    if (typeof schema === 'boolean') return schema
    if (!isObject(schema)) return {}
    if (depth > DEEPEST) return this.#lost('size', {})
    let lifted: Record<string, unknown> | undefined
    let isOld = false
    for (const keyword of Object.keys(schema)) {
      const value = schema[keyword]
      isOld ||= isOutdated(keyword, value)
      const better = this.#value(keyword, value, depth + 1)
      if (better === value) continue
      lifted ??= { ...schema }
      // Only keywords that are known come here, so that none is `__proto__`.
      if (better === undefined) delete lifted[keyword]
      else lifted[keyword] = better
    }
    if (!isOld) return lifted ?? schema
    const modern = modernSchema(lifted ?? schema, depth === 0)
    const required = this.#requiredOldWay(schema['properties'])
    if (required.length === 0) return modern
    const known = Array.isArray(modern['required']) ? (modern['required'] as string[]) : []
    return { ...modern, required: [...new Set([...known, ...required])] }
  }

  /** What stands at a keyword, lifted: itself where it is right, `undefined` where it must go. */
  #value(keyword: string, value: unknown, depth: number): unknown {
    const place = PLACES.get(keyword)
    if (place !== undefined) return this.#inside(keyword, place, value, depth)
    if (keyword === 'type') return standardType(value)
    if (keyword === '$ref') return this.#reference(value)
    if (keyword === 'required') return this.#required(value)
    if (keyword === 'dependentRequired') return this.#dependentRequired(value)
    if (this.#names !== undefined && DATA.has(keyword)) return this.#data(keyword, value)
    // A limit that is a truth is of draft 4 and told below.
    const isOld = keyword.startsWith('exclusive') && typeof value === 'boolean'
    if (isOld || isValidKeyword(keyword, value)) return value
    return value === null ? undefined : this.#lost(keyword, undefined)
  }

  #inside(keyword: string, place: string, value: unknown, depth: number): unknown {
    if (Array.isArray(value)) {
      // An empty map of PHP's is a list; a list where one schema is meant is a tuple of old.
      if (place === 'map') return value.length === 0 ? {} : this.#lost(keyword, undefined)
      if (place === 'list' && value.length === 0) return undefined
      if (place === 'one' && keyword !== 'items') return this.#lost(keyword, undefined)
      return same(
        value,
        (value as unknown[]).map((inner) => this.lift(inner, depth)),
      )
    }
    if (place === 'list') return value === null ? undefined : this.#lost(keyword, undefined)
    if (typeof value === 'boolean' && place === 'one') return value
    if (!isObject(value)) return undefined
    return place === 'one' ? this.lift(value, depth) : this.#map(keyword, value, depth)
  }

  #map(keyword: string, map: Json, depth: number): Json {
    const isOfProperties = keyword === 'properties' || keyword.startsWith('depend')
    let changed = false
    const entries = Object.entries(map).map(([name, inner]): [string, unknown] => {
      const wire = isOfProperties ? this.#wire(name) : name
      // Names that depend on another one stand in `dependencies` beside schemas.
      const isList = keyword === 'dependencies' && Array.isArray(inner)
      const lifted = isList ? this.#required(inner) : this.lift(inner, depth)
      changed ||= wire !== name || lifted !== inner
      const isTold = wire !== name && keyword === 'properties' && isObject(lifted)
      // A name of signs that the vendor does not know would tell the model nothing.
      return [wire, isTold ? { title: name.slice(0, 200), ...lifted } : lifted]
    })
    return changed ? Object.fromEntries(entries) : map
  }

  #reference(value: unknown): unknown {
    if (typeof value !== 'string') return undefined
    const id = this.#root['$id'] ?? this.#root['id']
    const isLong = typeof id === 'string' && id !== '' && value.startsWith(`${id}#`)
    const reference = isLong ? value.slice(id.length) : value
    if (this.#anchors().has(reference.slice(1)) && reference.startsWith('#')) return reference
    if (resolveReference(this.#root, reference) === undefined) return this.#lost('$ref', undefined)
    const lifted = liftPointer(reference, this.#names)
    if (!this.#losesTop || !INTO_TOP.test(lifted)) return lifted
    this.refersToTop = true
    return `#/$defs/${TOP}${lifted.slice(1)}`
  }

  #anchors(): ReadonlySet<string> {
    if (this.#anchorsOfRoot !== undefined) return this.#anchorsOfRoot
    const anchors = new Set<string>()
    walkSchemas(this.#root, ({ $anchor, $id, id }) => {
      if (typeof $anchor === 'string') anchors.add($anchor)
      for (const own of [$id, id]) {
        if (typeof own === 'string' && own.startsWith('#')) anchors.add(own.slice(1))
      }
    })
    anchors.delete('')
    this.#anchorsOfRoot = anchors
    return anchors
  }

  #required(value: unknown): unknown {
    if (!Array.isArray(value)) return undefined
    const known = new Set((value as unknown[]).filter((name) => typeof name === 'string'))
    return same(
      value,
      [...known].map((name) => this.#wire(name)),
    )
  }

  #dependentRequired(value: unknown): unknown {
    if (!isObject(value)) return undefined
    const entries = Object.entries(value)
    const lifted = entries.map(([name, needed]) => [this.#wire(name), this.#required(needed) ?? []])
    return Object.fromEntries(lifted) as Json
  }

  #data(keyword: string, value: unknown): unknown {
    if (!isValidKeyword(keyword, value)) return undefined
    if (typeof value !== 'object' || value === null) return value
    return JSON.parse(renameKeys(JSON.stringify(value), this.#names!.toWire)) as unknown
  }

  #wire(name: string): string {
    return this.#names?.toWire.get(name) ?? name
  }

  /** Draft 3 said `required: true` in the property itself, and clients still do. */
  #requiredOldWay(properties: unknown): readonly string[] {
    if (!isObject(properties)) return []
    const names = Object.keys(properties).filter((name) => saysRequired(properties[name]))
    return names.map((name) => this.#wire(name))
  }

  #lost<T>(keyword: string, instead: T): T {
    this.weakened.add(keyword)
    return instead
  }
}

/** The list that was given, where nothing of it has changed. */
function same(given: readonly unknown[], lifted: readonly unknown[]): readonly unknown[] {
  const isSame = given.length === lifted.length && given.every((one, at) => one === lifted[at])
  return isSame ? given : lifted
}
