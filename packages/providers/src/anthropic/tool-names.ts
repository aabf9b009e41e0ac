import type { ChatCompletionCreateParams } from '@sluice/core'
import { isObject, textOf } from './json.ts'

const MAX_LENGTH = 128

/** Tool names as the vendor takes them (`^[a-zA-Z0-9_-]{1,128}$`), and back. */
export interface ToolNames {
  toWire(name: string): string
  fromWire(name: string): string
}

/** Finds a name of its own for each declared tool whose name the vendor would refuse. The same params always give the same names. */
export function toolNames(params: ChatCompletionCreateParams): ToolNames {
  const wire = new Map<string, string>()
  const taken = new Map<string, string>()
  for (const tool of params.tools ?? []) {
    const name = isObject(tool.function) ? textOf(tool.function['name']) : undefined
    if (name === undefined || wire.has(name)) continue
    let candidate = allowed(name)
    for (let number = 2; taken.has(candidate); number++) {
      candidate = `${allowed(name).slice(0, MAX_LENGTH - 8)}_${number}`
    }
    wire.set(name, candidate)
    taken.set(candidate, name)
  }
  return {
    toWire: (name) => wire.get(name) ?? allowed(name),
    fromWire: (name) => taken.get(name) ?? name,
  }
}

function allowed(name: string): string {
  const clean = name.replace(/[^a-zA-Z0-9_-]/g, '_').slice(0, MAX_LENGTH)
  return clean === '' ? 'tool' : clean
}
