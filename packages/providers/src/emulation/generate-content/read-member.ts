import type { Json } from '../../vendor-spec/json.ts'

const SPELLINGS = new Map<string, string>()

/** Returns a member of Gemini's form by its name. Google takes names in snake case for the same. */
export function readMember(holder: Json, name: string): unknown {
  const own = holder[name]
  if (own !== undefined) return own
  let snake = SPELLINGS.get(name)
  if (snake === undefined) {
    snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    SPELLINGS.set(name, snake)
  }
  return snake === name ? undefined : holder[snake]
}
