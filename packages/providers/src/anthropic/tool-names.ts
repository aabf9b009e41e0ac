import type { ChatCompletionCreateParams } from '@sluice/core'
import { isObject, textOf } from './json.ts'
import { allowedName, UniqueNames } from './unique-names.ts'

/** Names of the client's tools as the vendor takes them, and back. */
export interface ToolNames {
  toWire(name: string): string
  fromWire(name: string): string
}

/** Finds a name of its own for each declared tool. The same params always give the same names, so that request and answer need not share them. */
export function toolNames(params: ChatCompletionCreateParams): ToolNames {
  const unique = new UniqueNames()
  const wire = new Map<string, string>()
  const own = new Map<string, string>()
  for (const tool of params.tools ?? []) {
    const name = isObject(tool.function) ? textOf(tool.function['name']) : undefined
    if (name === undefined || wire.has(name)) continue
    const claimed = unique.claim(name)
    wire.set(name, claimed)
    own.set(claimed, name)
  }
  return {
    toWire: (name) => wire.get(name) ?? allowedName(name),
    fromWire: (name) => own.get(name) ?? name,
  }
}
