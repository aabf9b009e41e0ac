import { mapChoices } from './map-choices.ts'
import type { Json } from '../openai-compatible-spec.ts'

type Part = { readonly thinking?: readonly { readonly text?: string }[] }

/**
 * Copies thoughts that are a part of the content, `{"type":"thinking","thinking":[…]}`, to where
 * clients look for them.
 */
export function thoughtsOutOfContent(json: Json): Json {
  return mapChoices(json, (choice) => {
    const said = 'delta' in choice ? 'delta' : 'message'
    const { content } = (choice[said] ?? {}) as { content?: unknown }
    if (!Array.isArray(content)) return choice
    const thoughts = (content as Part[])
      .flatMap((part) => part.thinking ?? [])
      .map((part) => part.text ?? '')
    if (thoughts.length === 0) return choice
    return {
      ...choice,
      [said]: { ...(choice[said] as Json), reasoning_content: thoughts.join('') },
    }
  })
}
