import type { Part } from '../content.ts'
import type { ExactObjects } from './exact-objects.ts'

/**
 * What a tool gave, as Gemini takes it: the response, which is always an object, and behind it the
 * parts that do not fit in. A text that is a JSON object is handed on as one where nothing of it is
 * lost by parsing (see `ExactObjects`); any other text stands whole under `result`. Media goes
 * inside the response with `mediaInside`, else beside it.
 */
export function encodeToolResult(
  call: { readonly id: string; readonly name: string },
  parts: readonly Part[],
  { mediaInside, objects }: { readonly mediaInside: boolean; readonly objects: ExactObjects },
): Part[] {
  const text = parts.map((part) => part.text ?? '').join('')
  const media = parts.filter((part) => part.text === undefined)
  const inside = mediaInside ? media.filter((part) => part.inlineData !== undefined) : []
  const response = { ...(objects.read(text) ?? { result: text }) }
  return [
    { functionResponse: { ...call, response, ...(inside.length > 0 ? { parts: inside } : {}) } },
    ...(inside.length > 0 ? media.filter((part) => part.inlineData === undefined) : media),
  ]
}
