import { FlatSchemas, typeOf, type JsonSchema } from './flat-schema.ts'
import { fitsLeaf, leafInstance } from './leaf-instance.ts'

/** What is known of the values before they are made up. */
export interface InstanceOptions {
  /** A value to be kept as far as it fits: JSON that the asker wrote. */
  readonly given?: unknown
  /** A single value that a text suggests for a property; `undefined` where it suggests none. */
  readonly suggest?:
    | ((name: string, schema: JsonSchema, isRequired: boolean) => unknown)
    | undefined
  /**
   * Which properties appear that are not required: all, or those of which something is known.
   * @defaultValue 'all'
   */
  readonly optional?: 'all' | 'known' | undefined
  /**
   * Values made at the most; what is beyond is left out or empty.
   * @defaultValue 5_000, as many properties as OpenAI allows
   */
  readonly maxNodes?: number | undefined
}

/**
 * Deeper than this, and wherever a schema comes back to itself, only what is required appears, and
 * of alternatives the smallest.
 */
const COMFORTABLE_DEPTH = 8
const MAX_DEPTH = 128
const MAX_ITEMS = 100
const MAX_REQUIRED = 5000
/** Characters of made-up text that count as much as one value. */
const CHARS_PER_NODE = 40

/**
 * An instance of a JSON Schema, always the same one: first alternatives, one item in lists without
 * `minItems`, values within their limits and formats. Recursion ends where the schema lets it.
 * Understood: `type`, `enum`, `const`, `properties`, `required`, `items`, `prefixItems`,
 * `minItems`, `maxItems`, `anyOf`, `oneOf`, `allOf`, `$ref` within the document, numeric and length
 * limits, `multipleOf`, `format`, `default`, `examples`; other keywords are passed over. However
 * large or deep the schema is, the work is bounded.
 */
export function schemaInstance(schema: unknown, options: InstanceOptions = {}): unknown {
  const root = {
    name: '',
    depth: 0,
    ordinal: 0,
    given: options.given,
    isRequired: true,
    isTight: false,
  }
  return new InstanceMaker(schema, options).make(schema, root)
}

interface Place {
  readonly name: string
  readonly depth: number
  /** Which item of a list this belongs to, so that items differ. */
  readonly ordinal: number
  readonly given: unknown
  readonly isRequired: boolean
  /** Only what is needed is made here and below. */
  readonly isTight: boolean
}

class InstanceMaker {
  readonly #schemas: FlatSchemas
  readonly #options: InstanceOptions
  readonly #required = new Map<unknown, ReadonlySet<unknown>>()
  /**
   * The properties of the objects around the place that is being made: a schema is known again by
   * them.
   */
  readonly #around = new Set<unknown>()
  #left: number

  constructor(root: unknown, options: InstanceOptions) {
    this.#schemas = new FlatSchemas(root)
    this.#options = options
    this.#left = options.maxNodes ?? 5000
  }

  make(schema: unknown, at: Place): unknown {
    this.#left--
    const isOver = this.#left < 0 || at.depth >= MAX_DEPTH
    let flat = this.#schemas.flat(schema, at.isTight)
    let place = at
    const isCircle = isComposite(flat, 'object') && this.#around.has(flat['properties'])
    if (!at.isTight && (isCircle || isOver || at.depth > COMFORTABLE_DEPTH)) {
      place = { ...at, isTight: true }
      flat = this.#schemas.flat(schema, true)
    }
    if (isComposite(flat, 'object')) return isOver ? {} : this.#object(flat, place)
    if (isComposite(flat, 'array')) return isOver ? [] : this.#array(flat, place)
    const known = this.#known(flat, place)
    const value = known !== undefined ? known : leafInstance(flat, place.name, place.ordinal)
    if (typeof value === 'string') this.#left -= Math.floor(value.length / CHARS_PER_NODE)
    return value
  }

  #object(schema: JsonSchema, at: Place): Record<string, unknown> {
    const properties = isObject(schema['properties']) ? schema['properties'] : undefined
    const own = properties === undefined ? [] : this.#schemas.keysOf(properties)
    const required = this.#requiredNames(schema['required'])
    const members = new Map<string, unknown>()
    const wasAround = this.#around.has(properties)
    if (properties !== undefined) this.#around.add(properties)
    for (const name of own) {
      if (this.#left <= 0) break
      const isRequired = required.has(name)
      const place = {
        ...at,
        name,
        depth: at.depth + 1,
        given: memberOf(at.given, name),
        isRequired,
      }
      const value = this.#member(properties![name], place)
      if (value !== undefined) members.set(name, value)
    }
    for (const name of required) {
      if (this.#left <= 0) break
      if (typeof name !== 'string' || members.has(name)) continue
      members.set(
        name,
        this.make(true, {
          ...at,
          name,
          depth: at.depth + 1,
          given: memberOf(at.given, name),
          isRequired: true,
        }),
      )
    }
    if (!wasAround) this.#around.delete(properties)
    // Names such as `__proto__` become members like any other this way.
    return Object.fromEntries(members)
  }

  /** A property's value; `undefined` where it is left out. */
  #member(schema: unknown, place: Place): unknown {
    if (place.isRequired || place.given !== undefined) return this.make(schema, place)
    if (place.isTight) return undefined
    if (this.#options.optional !== 'known') return this.make(schema, place)
    const flat = this.#schemas.flat(schema, false)
    return isComposite(flat, 'object') || isComposite(flat, 'array')
      ? undefined
      : this.#known(flat, place)
  }

  #array(schema: JsonSchema, at: Place): unknown[] {
    const { items } = schema
    const listed = schema['prefixItems'] ?? items
    const prefix: readonly unknown[] = Array.isArray(listed) ? listed : []
    const rest = Array.isArray(items) ? schema['additionalItems'] : items
    const given: readonly unknown[] = Array.isArray(at.given) ? at.given : []
    const comfortable =
      given.length > 0 ? given.length : at.isTight ? 0 : Math.max(1, prefix.length)
    const least = typeof schema['minItems'] === 'number' ? schema['minItems'] : 0
    const most = typeof schema['maxItems'] === 'number' ? schema['maxItems'] : MAX_ITEMS
    const count = Math.min(
      Math.max(least, comfortable),
      most,
      rest === false ? prefix.length : MAX_ITEMS,
      MAX_ITEMS,
    )
    const list: unknown[] = []
    while (list.length < count && this.#left > 0) {
      const index = list.length
      const place = {
        ...at,
        depth: at.depth + 1,
        ordinal: at.ordinal + index,
        given: given[index],
        isRequired: true,
      }
      list.push(this.make(prefix[index] ?? rest, place))
    }
    return list
  }

  /**
   * What need not be made up: what was given, what the text suggests, the schema's own default or
   * example.
   */
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

  #requiredNames(list: unknown): ReadonlySet<unknown> {
    let names = this.#required.get(list)
    if (names === undefined)
      this.#required.set(
        list,
        (names = new Set<unknown>(Array.isArray(list) ? list.slice(0, MAX_REQUIRED) : [])),
      )
    return names
  }
}

function isComposite(schema: JsonSchema, type: 'object' | 'array'): boolean {
  return schema['const'] === undefined && schema['enum'] === undefined && typeOf(schema) === type
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null
}

function memberOf(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
}
