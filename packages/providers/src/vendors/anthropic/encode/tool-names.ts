import type { ChatCompletionCreateParams } from '@sluice/core/wire'
import { isObject, textOf } from '../json.ts'
import { propertyNames, type PropertyNames } from '../schema/property-names.ts'
import { allowedName, isAllowedName, UniqueNames } from './unique-names.ts'

/** Names of the client's tools, and of their properties, as the vendor takes them, and back. */
export interface ToolNames {
  toWire(name: string): string
  fromWire(name: string): string
  /** Properties that are renamed of the tool that the client calls so; `undefined`: none. */
  propertiesOf(name: string): PropertyNames | undefined
  /** Whether any tool has properties that are renamed. */
  readonly renamesProperties: boolean
}

/**
 * Finds a name of its own for each declared tool; one that the vendor takes stays as it is. The
 * same params always give the same names, so that request and answer need not share them.
 */
export function toolNames(params: ChatCompletionCreateParams): ToolNames {
  const unique = new UniqueNames()
  const wire = new Map<string, string>()
  const own = new Map<string, string>()
  const properties = new Map<string, PropertyNames>()
  const declared = new Set<string>()
  const refused: string[] = []
  const pair = (name: string): void => {
    const claimed = unique.claim(name)
    wire.set(name, claimed)
    own.set(claimed, name)
  }
  for (const tool of params.tools ?? []) {
    const fn: unknown = tool.function
    if (!isObject(fn)) continue
    const name = textOf(fn['name'])
    if (name === undefined || declared.has(name)) continue
    declared.add(name)
    const renamed = propertyNames(fn['parameters'])
    if (renamed !== undefined) properties.set(name, renamed)
    if (isAllowedName(name)) pair(name)
    else refused.push(name)
  }
  // Names that are fine come first, so that none of them has to make room.
  for (const name of refused) pair(name)
  return {
    toWire: (name) => wire.get(name) ?? allowedName(name),
    fromWire: (name) => own.get(name) ?? name,
    propertiesOf: (name) => properties.get(name),
    renamesProperties: properties.size > 0,
  }
}
