import type { Response, ResponseItem } from '@sluice/core/wire'
import { TEXTS_BY_STEM } from './response-texts.ts'
import { beginningsIn } from './text-beginnings.ts'
import { placeKey, textEventOf, type NamedEvent, type TextPlace } from './text-event.ts'

interface GrownText {
  readonly place: TextPlace
  /** Fields that say where it stands. */
  readonly at: Readonly<Record<string, unknown>>
  text: string
  readonly annotations: unknown[]
  isPartDone: boolean
}

/**
 * Remembers what the events of a response have said, so that it can be ended before its vendor ends
 * it.
 */
export class ResponseEnding {
  #response: Response | undefined
  readonly #items = new Map<unknown, { item: ResponseItem; isDone: boolean }>()
  readonly #texts = new Map<string, GrownText>()
  #number: number | undefined
  #ended: NamedEvent[] = []

  see(event: NamedEvent): void {
    const { type, response, item, output_index: index, sequence_number: number } = event
    if (typeof number === 'number') this.#number = number
    if (typeof response === 'object' && response !== null) this.#response = response as Response
    for (const { event: begun, text } of beginningsIn(event)) this.#grow(begun, text)
    if (type === 'response.output_item.added' || type === 'response.output_item.done') {
      this.#items.set(index, { item: item as ResponseItem, isDone: type.endsWith('.done') })
    }
    if (textEventOf(event)?.field === 'delta') this.#grow(event, String(event['delta']))
    if (type === 'response.output_text.annotation.added') {
      this.#texts.get(keyAt(event, 'response.output_text'))?.annotations.push(event['annotation'])
    }
    if (type.endsWith('_part.done')) this.#endPart(event)
  }

  #endPart(event: NamedEvent): void {
    for (const [key, text] of this.#texts) {
      const { part } = TEXTS_BY_STEM.get(text.place.stem) ?? {}
      if (
        part !== undefined &&
        event.type === `${part}.done` &&
        keyAt(event, text.place.stem) === key
      )
        text.isPartDone = true
    }
  }

  /** The events that end the response here: its open texts, parts and items, then itself. */
  end(reason: string | undefined): readonly NamedEvent[] {
    const output: ResponseItem[] = []
    for (const [index, { item, isDone }] of [...this.#items].sort(
      ([a], [b]) => Number(a) - Number(b),
    )) {
      output.push(isDone ? item : this.#endItem(index, item, reason))
    }
    // Its usage comes with the vendor's own end, which is not waited for.
    const base = { ...this.#response, usage: null } as unknown as Response
    const response = endedResponse(base, output, reason)
    this.#say(`response.${response.status}`, { response })
    return this.#ended
  }

  #grow(event: NamedEvent, text: string): void {
    const { place } = textEventOf(event)!
    const key = placeKey(place)
    const known = this.#texts.get(key)
    if (known !== undefined) known.text += text
    else {
      const {
        type: _type,
        delta: _delta,
        logprobs: _logprobs,
        obfuscation: _padding,
        ...at
      } = event
      this.#texts.set(key, { place, at, text, annotations: [], isPartDone: false })
    }
  }

  #endItem(index: unknown, item: ResponseItem, reason: string | undefined): ResponseItem {
    const lists = new Map<string, unknown[]>()
    const fields: Record<string, unknown> = {}
    for (const text of this.#texts.values()) {
      const known = TEXTS_BY_STEM.get(text.place.stem)
      if (text.place.output !== index || known === undefined) continue
      if (known.list === undefined || known.part === undefined) {
        fields[known.field] = text.text
        this.#say(`${known.stem}.done`, { ...text.at, [known.field]: text.text })
        continue
      }
      const isText = known.type === 'output_text'
      const more = isText ? { annotations: text.annotations, logprobs: [] } : {}
      const part = { type: known.type, [known.field]: text.text, ...more }
      lists.set(known.list, [...(lists.get(known.list) ?? []), part])
      if (text.isPartDone) continue
      this.#say(`${known.stem}.done`, {
        ...text.at,
        [known.field]: text.text,
        ...(isText ? { logprobs: [] } : {}),
      })
      this.#say(`${known.part}.done`, { ...text.at, part })
    }
    // Half a call must never run, whatever the reason is that nothing follows.
    const isWhole = reason === undefined && item.type === 'message'
    const status = 'status' in item ? { status: isWhole ? 'completed' : 'incomplete' } : {}
    const ended: ResponseItem = { ...item, ...Object.fromEntries(lists), ...fields, ...status }
    this.#say('response.output_item.done', { output_index: index, item: ended })
    return ended
  }

  #say(type: string, fields: Readonly<Record<string, unknown>>): void {
    const { sequence_number: _number, ...rest } = fields
    const number = this.#number === undefined ? {} : { sequence_number: ++this.#number }
    this.#ended.push({ type, ...number, ...rest })
  }
}

/** A response that ends here; what it cost is not known, unless it has been said. */
export function endedResponse(
  response: Response,
  output: ResponseItem[],
  reason: string | undefined,
): Response {
  return {
    ...response,
    status: reason === undefined ? 'completed' : 'incomplete',
    incomplete_details: reason === undefined ? null : { reason },
    output,
  }
}

function keyAt(event: NamedEvent, stem: string): string {
  return placeKey(textEventOf({ ...event, type: `${stem}.delta`, delta: '' })!.place)
}
