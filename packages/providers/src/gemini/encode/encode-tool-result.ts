import type { Part } from '../content.ts'
import { isObject, parseJson, type Json } from '../json.ts'

/**
 * What a tool gave, as Gemini takes it: the response, which is always an object, and behind it the parts that do not fit in. A text that is a
 * JSON object is handed on as one where nothing of it is lost by parsing; any other text stands whole under `result`. Media goes inside the
 * response with `mediaInside`, else beside it.
 */
export function encodeToolResult(
  call: { readonly id: string; readonly name: string },
  parts: readonly Part[],
  mediaInside: boolean,
): Part[] {
  const text = parts.map((part) => part.text ?? '').join('')
  const media = parts.filter((part) => part.text === undefined)
  const inside = mediaInside ? media.filter((part) => part.inlineData !== undefined) : []
  const response = { ...(exactObject(text) ?? { result: text }) }
  return [
    { functionResponse: { ...call, response, ...(inside.length > 0 ? { parts: inside } : {}) } },
    ...media.filter((part) => !inside.includes(part)),
  ]
}

/** The object that a text is, if writing it again gives the same text: a number such as 12345678901234567890 or 1.0 would change. */
function exactObject(text: string): Json | undefined {
  if (!text.trimStart().startsWith('{')) return undefined
  const parsed = parseJson(text)
  if (!isObject(parsed)) return undefined
  return JSON.stringify(parsed).replace(/\s+/g, '') === text.replace(/\s+/g, '') ? parsed : undefined
}
