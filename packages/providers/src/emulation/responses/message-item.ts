import type { Annotation, ResponseItem, TokenLogprob } from '@sluice/core/wire'
import type { ItemStatus, ItemWriter } from './item-writer.ts'

interface TextPart {
  type: 'output_text'
  text: string
  annotations: unknown[]
  logprobs: unknown[]
}
interface RefusalPart {
  type: 'refusal'
  refusal: string
}

const DELTA_HEAD =
  'event: response.output_text.delta\n' +
  'data: {"type":"response.output_text.delta","sequence_number":'

/** A message on its way out: text or a refusal, one part after the other. */
export class MessageItem {
  readonly kind = 'message'
  readonly #writer: ItemWriter
  readonly #parts: (TextPart | RefusalPart)[] = []

  constructor(writer: ItemWriter) {
    this.#writer = writer
    writer.writeItem('response.output_item.added', this.#item('in_progress'))
  }

  addText(delta: string, logprobs: readonly TokenLogprob[]): void {
    const part = this.#textPart()
    if (delta === '' && logprobs.length === 0) return
    part.text += delta
    part.logprobs.push(...logprobs.map((one) => ({ ...one, bytes: one.bytes ?? [] })))
    this.#write('response.output_text.delta', { delta, logprobs: logprobs.map(shortLogprob) })
  }

  /** Whether more text goes on with the part that is open. */
  get isText(): boolean {
    return this.#parts.at(-1)?.type === 'output_text'
  }

  /**
   * Takes more text as it stands between the quotes of JSON; returns its event's frame with a
   * number. Written so, a text costs no object.
   */
  textFrame(raw: string, sequence: number): string {
    const part = this.#textPart()
    part.text += raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw
    const place = `"content_index":${this.#parts.length - 1}`
    return `${DELTA_HEAD}${sequence},${this.#writer.place},${place},"delta":"${raw}","logprobs":[]}\n\n`
  }

  annotate({ url_citation: citation }: Annotation): void {
    if (citation === undefined) return
    const part = this.#textPart()
    const annotation = { type: 'url_citation', ...citation }
    part.annotations.push(annotation)
    this.#write('response.output_text.annotation.added', {
      annotation_index: part.annotations.length - 1,
      annotation,
    })
  }

  addRefusal(delta: string): void {
    const part = this.#refusalPart()
    part.refusal += delta
    this.#write('response.refusal.delta', { delta })
  }

  close(status: ItemStatus): ResponseItem {
    this.#closePart()
    const item = this.#item(status)
    this.#writer.writeItem('response.output_item.done', item)
    return item
  }

  #textPart(): TextPart {
    const last = this.#parts.at(-1)
    return last?.type === 'output_text'
      ? last
      : this.#openPart({ type: 'output_text', text: '', annotations: [], logprobs: [] })
  }

  #refusalPart(): RefusalPart {
    const last = this.#parts.at(-1)
    return last?.type === 'refusal' ? last : this.#openPart({ type: 'refusal', refusal: '' })
  }

  #openPart<Part extends TextPart | RefusalPart>(part: Part): Part {
    this.#closePart()
    this.#parts.push(part)
    this.#write('response.content_part.added', { part: copy(part) })
    return part
  }

  #closePart(): void {
    const part = this.#parts.at(-1)
    if (part === undefined) return
    if (part.type === 'refusal') this.#write('response.refusal.done', { refusal: part.refusal })
    else
      this.#write('response.output_text.done', {
        text: part.text,
        logprobs: part.logprobs.map(shortLogprob),
      })
    this.#write('response.content_part.done', { part: copy(part) })
  }

  #write(type: string, fields: Readonly<Record<string, unknown>>): void {
    this.#writer.write(type, { content_index: this.#parts.length - 1, ...fields })
  }

  #item(status: ItemStatus | 'in_progress'): ResponseItem {
    return {
      id: this.#writer.id,
      type: 'message',
      status,
      role: 'assistant',
      content: this.#parts.map(copy),
    }
  }
}

/**
 * Events are written when somebody looks, and must still say then what was so when they were made.
 */
function copy<Part extends TextPart | RefusalPart>(part: Part): Part {
  return part.type === 'refusal'
    ? { ...part }
    : { ...part, annotations: [...part.annotations], logprobs: [...part.logprobs] }
}

/** Events give log probabilities without the bytes. */
function shortLogprob(logprob: unknown): unknown {
  const { token, logprob: value, top_logprobs: top } = logprob as TokenLogprob
  return {
    token,
    logprob: value,
    top_logprobs: top.map((rival) => ({ token: rival.token, logprob: rival.logprob })),
  }
}
