import { partsOf } from '../batch/content-text.ts'

type Json = Readonly<Record<string, unknown>>

interface GatheredCandidate {
  fields: Json
  role: unknown
  readonly parts: Json[]
}

/**
 * Puts the events of a response in Gemini's form together: texts beside one another become one
 * part, and of all else that is told twice the last counts.
 */
export class ContentAccumulator {
  readonly #candidates = new Map<unknown, GatheredCandidate>()
  #fields: Json = {}
  #isBlocked = false

  /** Takes in one more event. */
  add(response: unknown): void {
    const { candidates, ...fields } = response as Json
    this.#fields = { ...this.#fields, ...fields }
    const feedback = fields['promptFeedback'] as Json | null | undefined
    if (typeof feedback?.['blockReason'] === 'string') this.#isBlocked = true
    if (!Array.isArray(candidates)) return
    for (const candidate of candidates as (Json | null)[])
      if (typeof candidate === 'object' && candidate !== null) this.#add(candidate)
  }

  /** Whether each candidate says why it ended, or the prompt was blocked. */
  get isComplete(): boolean {
    if (this.#candidates.size === 0) return this.#isBlocked
    return [...this.#candidates.values()].every(
      ({ fields }) => typeof fields['finishReason'] === 'string',
    )
  }

  /** Returns the whole response. */
  result(): Json {
    if (this.#candidates.size === 0) return this.#fields
    const candidates = Array.from(this.#candidates.values(), ({ fields, role, parts }) => ({
      ...(parts.length === 0 ? {} : { content: { parts, role } }),
      ...fields,
    }))
    return { candidates, ...this.#fields }
  }

  #add(candidate: Json): void {
    const { content, ...fields } = candidate
    const index = fields['index'] ?? 0
    let known = this.#candidates.get(index)
    if (known === undefined) {
      known = { fields: {}, role: 'model', parts: [] }
      this.#candidates.set(index, known)
    }
    known.fields = { ...known.fields, ...fields }
    known.role = (content as Json | null | undefined)?.['role'] ?? known.role
    for (const part of partsOf(candidate)) append(known.parts, part)
  }
}

function append(parts: Json[], part: Json): void {
  const last = parts.at(-1)
  if (
    last === undefined ||
    !isPlain(last) ||
    !isPlain(part) ||
    last['thought'] !== part['thought']
  ) {
    parts.push(part)
  } else
    parts[parts.length - 1] = {
      ...last,
      text: `${last['text'] as string}${part['text'] as string}`,
    }
}

/** Whether a part is nothing but text. A signature belongs to the very part that it stands in. */
function isPlain(part: Json): boolean {
  return (
    typeof part['text'] === 'string' &&
    Object.keys(part).every((name) => name === 'text' || name === 'thought')
  )
}
