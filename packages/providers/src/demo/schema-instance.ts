import { FlatSchemas, typeOf, type JsonSchema } from './flat-schema.ts'
import { fitsLeaf, leafInstance } from './leaf-instance.ts'

/** What is known of the values before they are made up. */
export interface InstanceOptions {
  /** A value to be kept as far as it fits: JSON that the asker wrote. */
  readonly given?: unknown
  /** A single value that a text suggests for a property; `undefined` where it suggests none. */
  readonly suggest?: ((name: string, schema: JsonSchema, isRequired: boolean) => unknown) | undefined
  /** Which properties appear that are not required: all, or those of which something is known. @defaultValue 'all' */
  readonly optional?: 'all' | 'known' | undefined
  /** Values made at the most; what is beyond is left out or empty. @defaultValue 5_000, as many properties as OpenAI allows */
  readonly maxNodes?: number | undefined
}

/** Deeper than this, only what is required appears, and of alternatives the smallest. */
const COMFORTABLE_DEPTH = 6
const MAX_DEPTH = 128
const MAX_ITEMS = 100

/**
 * An instance of a JSON Schema, always the same one: first alternatives, one item in lists without `minItems`, values within their limits and formats.
 * Recursion ends where the schema lets it. Understood: `type`, `enum`, `const`, `properties`, `required`, `items`, `prefixItems`, `minItems`, `maxItems`,
 * `anyOf`, `oneOf`, `allOf`, `$ref` within the document, numeric and length limits, `multipleOf`, `format`, `default`, `examples`; other keywords are
 * passed over. However large or deep the schema is, the work is bounded.
 */
export function schemaInstance(schema: unknown, options: InstanceOptions = {}): unknown {
  return new InstanceMaker(schema, options).make(schema, { name: '', depth: 0, ordinal: 0, given: options.given, isRequired: true })
}

interface Place {
  readonly name: string
  readonly depth: number
  /** Which item of a list this belongs to, so that items differ. */
  readonly ordinal: number
  readonly given: unknown
  readonly isRequired: boolean
}

interface ObjectShape {
  readonly names: readonly string[]
  readonly required: ReadonlySet<string>
  readonly properties: JsonSchema
}

class InstanceMaker {
  readonly #schemas: FlatSchemas
  readonly #options: InstanceOptions
  readonly #shapes = new Map<JsonSchema, ObjectShape>()
  #left: number

  constructor(root: unknown, options: InstanceOptions) {
    this.#schemas = new FlatSchemas(root)
    this.#options = options
    this.#left = options.maxNodes ?? 5000
  }

  make(schema: unknown, place: Place): unknown {
    this.#left--
    const isTight = place.depth > COMFORTABLE_DEPTH || this.#left < 0
    const flat = this.#schemas.flat(schema, isTight)
    const isOver = this.#left < 0 || place.depth >= MAX_DEPTH
    if (isComposite(flat, 'object')) return isOver ? {} : this.#object(flat, place, isTight)
    if (isComposite(flat, 'array')) return isOver ? [] : this.#array(flat, place, isTight)
    const known = this.#known(flat, place)
    return known !== undefined ? known : leafInstance(flat, place.name, place.ordinal)
  }

  #object(schema: JsonSchema, { depth, ordinal, given }: Place, isTight: boolean): Record<string, unknown> {
    const { names, required, properties } = this.#shape(schema)
    const members: [string, unknown][] = []
    for (const name of names) {
      if (this.#left <= 0) break
      const isRequired = required.has(name)
      const place = { name, depth: depth + 1, ordinal, given: memberOf(given, name), isRequired }
      if (isRequired || place.given !== undefined) members.push([name, this.make(properties[name], place)])
      else if (isTight) continue
      else if (this.#options.optional !== 'known') members.push([name, this.make(properties[name], place)])
      else {
        const flat = this.#schemas.flat(properties[name], false)
        const known = isComposite(flat, 'object') || isComposite(flat, 'array') ? undefined : this.#known(flat, place)
        if (known !== undefined) members.push([name, known])
      }
    }
    // Names such as `__proto__` become members like any other this way.
    return Object.fromEntries(members)
  }

  #array(schema: JsonSchema, { name, depth, ordinal, given }: Place, isTight: boolean): unknown[] {
    const { items } = schema
    const listed = schema['prefixItems'] ?? items
    const prefix: readonly unknown[] = Array.isArray(listed) ? listed : []
    const rest = Array.isArray(items) ? schema['additionalItems'] : items
    const givenItems: readonly unknown[] = Array.isArray(given) ? given : []
    const comfortable = givenItems.length > 0 ? givenItems.length : isTight ? 0 : Math.max(1, prefix.length)
    const least = typeof schema['minItems'] === 'number' ? schema['minItems'] : 0
    const most = typeof schema['maxItems'] === 'number' ? schema['maxItems'] : MAX_ITEMS
    const count = Math.min(Math.max(least, comfortable), most, rest === false ? prefix.length : MAX_ITEMS, MAX_ITEMS)
    const list: unknown[] = []
    while (list.length < count && this.#left > 0) {
      const at = list.length
      const place = { name, depth: depth + 1, ordinal: ordinal + at, given: givenItems[at], isRequired: true }
      list.push(this.make(prefix[at] ?? rest, place))
    }
    return list
  }

  /** What need not be made up: what was given, what the text suggests, the schema's own default or example. */
  #known(schema: JsonSchema, { name, ordinal, given, isRequired }: Place): unknown {
    if (fitsLeaf(schema, given)) return given
    if (ordinal > 0 || Object.hasOwn(schema, 'const')) return undefined
    const suggested = this.#options.suggest?.(name, schema, isRequired)
    if (fitsLeaf(schema, suggested)) return suggested
    if (!isRequired && this.#options.optional === 'known') return undefined
    if (fitsLeaf(schema, schema['default'])) return schema['default']
    const example: unknown = Array.isArray(schema['examples']) ? schema['examples'][0] : undefined
    return fitsLeaf(schema, example) ? example : undefined
  }

  #shape(schema: JsonSchema): ObjectShape {
    let shape = this.#shapes.get(schema)
    if (shape === undefined) {
      const declared = schema['properties']
      const properties = typeof declared === 'object' && declared !== null ? (declared as JsonSchema) : {}
      const listed: readonly unknown[] = Array.isArray(schema['required']) ? schema['required'] : []
      const required = new Set(listed.filter((name) => typeof name === 'string'))
      shape = { names: [...new Set([...Object.keys(properties), ...required])], required, properties }
      this.#shapes.set(schema, shape)
    }
    return shape
  }
}

function isComposite(schema: JsonSchema, type: 'object' | 'array'): boolean {
  return schema['const'] === undefined && schema['enum'] === undefined && typeOf(schema) === type
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as JsonSchema)[name] : undefined
}
