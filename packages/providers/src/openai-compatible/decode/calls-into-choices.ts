import { mapChoices } from './map-choices.ts'
import type { Json } from '../openai-compatible-spec.ts'

/** Moves calls that stand beside the choices into the first of them. */
export function callsIntoChoices(json: Json): Json {
  const { tool_calls: calls, ...rest } = json
  if (!Array.isArray(calls)) return json
  return mapChoices(rest, (choice, index) => {
    const said = 'delta' in choice ? 'delta' : 'message'
    return index === 0
      ? { ...choice, [said]: { tool_calls: calls, ...(choice[said] as Json | undefined) } }
      : choice
  })
}
