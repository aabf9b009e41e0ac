import { isObject } from '../json.ts'
import { walkSchemas } from './sub-schemas.ts'

/** What the vendor takes as the name of a property, in any schema (its own message says so). */
const VALID = /^[a-zA-Z0-9_.-]{1,64}$/
const LONGEST = 64
/** What is left of a name that gets a number. */
const STEM = 54

/** Names of properties that the vendor refuses, in both directions. */
export interface PropertyNames {
  readonly toWire: ReadonlyMap<string, string>
  readonly fromWire: ReadonlyMap<string, string>
}

/**
 * Finds a name that the vendor takes for each property of a schema that it would refuse;
 * `undefined` where all are fine. No name is given that another property of the schema has. The
 * same schema always gives the same names, so that request and answer need not share them.
 */
export function propertyNames(schema: unknown): PropertyNames | undefined {
  const refused = new Set<string>()
  walkSchemas(schema, ({ properties }) => {
    if (!isObject(properties)) return
    for (const name of Object.keys(properties)) if (!VALID.test(name)) refused.add(name)
  })
  return refused.size === 0 ? undefined : rename(schema, refused)
}

function rename(schema: unknown, refused: ReadonlySet<string>): PropertyNames {
  const taken = new Set<string>()
  walkSchemas(schema, ({ properties }) => {
    if (isObject(properties)) for (const name of Object.keys(properties)) taken.add(name)
  })
  const toWire = new Map<string, string>()
  const fromWire = new Map<string, string>()
  const counts = new Map<string, number>()
  for (const name of refused) {
    const spelled = spell(name)
    let wire = spelled
    let number = counts.get(spelled) ?? 1
    while (taken.has(wire)) wire = `${spelled.slice(0, STEM)}_${++number}`
    counts.set(spelled, number)
    taken.add(wire)
    toWire.set(name, wire)
    fromWire.set(wire, name)
  }
  return { toWire, fromWire }
}

/** The nearest name: letters without their accents, and `_` for what the vendor does not know. */
function spell(name: string): string {
  const plain = name
    .slice(0, LONGEST * 2)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
  return plain.replace(/[^a-zA-Z0-9_.-]/gu, '_').slice(0, LONGEST) || '_'
}
