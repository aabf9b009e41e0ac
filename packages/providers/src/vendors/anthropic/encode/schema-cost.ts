import { isObject, type Json } from '../json.ts'
import { walkSchemas } from '../schema/sub-schemas.ts'

/** What a schema takes of the room that one request has for schemas that are held to. */
export interface SchemaCost {
  /** Properties that may be missing. */
  readonly optional: number
  /** Schemas with alternatives or several types. */
  readonly unions: number
}

/**
 * Room for the schemas that a model is held to: 20 strict tools, 24 properties that may be missing
 * and 16 unions in one request, those of the answer included. The vendor refuses requests with more
 * (its guide to structured outputs, "Schema complexity limits").
 */
export class SchemaRoom {
  #tools = 20
  #optional = 24
  #unions = 16

  /** Takes what a schema needs, all or nothing. Gives whether there was room. */
  take({ optional, unions }: SchemaCost, isTool: boolean): boolean {
    const tools = isTool ? 1 : 0
    if (tools > this.#tools || optional > this.#optional || unions > this.#unions) return false
    this.#tools -= tools
    this.#optional -= optional
    this.#unions -= unions
    return true
  }
}

/** Counts what the vendor limits in a schema; definitions once, however often they are used. */
export function schemaCost(schema: Json): SchemaCost {
  let optional = 0
  let unions = 0
  walkSchemas(schema, ({ type, anyOf, properties, required }) => {
    if (Array.isArray(type) || anyOf !== undefined) unions++
    if (!isObject(properties)) return
    const known = new Set<unknown>(Array.isArray(required) ? (required as unknown[]) : [])
    for (const name of Object.keys(properties)) if (!known.has(name)) optional++
  })
  return { optional, unions }
}
