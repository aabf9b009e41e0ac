import { mapChoices } from './map-choices.ts'
import type { Json } from '../openai-compatible-spec.ts'

/** Moves usage that stands inside a choice to where OpenAI has it. */
export function usageOutOfChoices(json: Json): Json {
  let found: unknown
  const moved = mapChoices(json, (choice) => {
    if (choice['usage'] === undefined) return choice
    const { usage, ...rest } = choice
    found = usage
    return rest
  })
  return moved === json ? json : { ...moved, usage: json['usage'] ?? found }
}
