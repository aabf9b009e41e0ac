import type { ContentBlock, Message, MessageStreamEvent } from '@sluice/core/wire'
import { isRecord } from '../bytes/is-object.ts'
import { mergeCounts } from '../usage/merge-usage.ts'
import { textEventOf, textIn } from './text-event.ts'

/** Puts the events of a message together, as Anthropic's own clients do. */
export class MessageAccumulator {
  readonly #blocks: { block: ContentBlock; json: string }[] = []
  #message: Message | undefined
  #isOver = false

  /** Whether the message has come to its end. */
  get isComplete(): boolean {
    return this.#isOver && this.#message !== undefined
  }

  add(event: MessageStreamEvent): void {
    const { type, message, content_block: block, delta, usage } = event
    if (type === 'message_start' && isRecord(message)) this.#message = { ...message } as Message
    if (type === 'content_block_start' && isRecord(block))
      this.#blocks.push({ block: { ...block } as ContentBlock, json: '' })
    if (type === 'content_block_delta' && isRecord(delta)) this.#grow(event, delta)
    if (type === 'message_delta' && this.#message !== undefined) {
      if (isRecord(delta)) this.#message = { ...this.#message, ...delta }
      if (isRecord(usage))
        this.#message.usage = mergeCounts(this.#message.usage ?? {}, usage) as Message['usage']
    }
    if (type === 'message_stop') this.#isOver = true
  }

  /** Returns the message, once it is complete. */
  result(): Message {
    const content = this.#blocks.map(({ block, json }) =>
      json === '' ? block : { ...block, input: parsed(json) },
    )
    return { ...this.#message!, content }
  }

  #grow(event: MessageStreamEvent, delta: Readonly<Record<string, unknown>>): void {
    // Their order counts, not their number.
    const last = this.#blocks.at(-1)
    if (last === undefined) return
    const { block } = last
    const text = textEventOf(event)
    if (text?.inside === 'partial_json') last.json += textIn(event, text)
    else if (text?.inside !== undefined) {
      const before = block[text.inside]
      block[text.inside] = `${typeof before === 'string' ? before : ''}${textIn(event, text)}`
    } else if (delta['signature'] !== undefined) block['signature'] = delta['signature']
    else if (delta['citation'] !== undefined) {
      const citations = Array.isArray(block['citations']) ? (block['citations'] as unknown[]) : []
      block['citations'] = [...citations, delta['citation']]
    }
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return { arguments: json }
  }
}
