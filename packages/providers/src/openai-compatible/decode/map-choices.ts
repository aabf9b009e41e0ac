import { isObject } from '../../vendor-spec/json.ts'
import type { Json } from '../openai-compatible-spec.ts'

/**
 * A chunk or an answer with each of its choices put through `change`; the same object where none
 * came back different.
 */
export function mapChoices(json: Json, change: (choice: Json, index: number) => Json): Json {
  if (!Array.isArray(json['choices'])) return json
  const before = json['choices'] as unknown[]
  const choices = before.map((choice, index) => (isObject(choice) ? change(choice, index) : choice))
  return choices.every((choice, index) => choice === before[index]) ? json : { ...json, choices }
}
