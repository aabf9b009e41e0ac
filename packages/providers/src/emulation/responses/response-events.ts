import { wordTable } from '@sluice/core/internal'
import type {
  ChatCompletionChunk,
  CompletionUsage,
  FinishReason,
  Response,
  ResponseItem,
  ResponseStreamEvent,
  ToolCallDelta,
} from '@sluice/core/wire'
import { FunctionCallItem } from './function-call-item.ts'
import type { ItemStatus, ItemWriter } from './item-writer.ts'
import { MessageItem } from './message-item.ts'
import { ReasoningItem } from './reasoning-item.ts'
import { toResponseUsage } from './response-usage.ts'

/** What the events of an emulated response are made with. */
export interface ResponseEventsOptions {
  /**
   * The response before anything of it is there; its model gives way to the one that the chat
   * answer names.
   */
  readonly draft: Response
  /** Makes the ids of the items: the same for every response, but for this part. */
  readonly idPart: string
}

const INCOMPLETE = wordTable<string>({
  length: 'max_output_tokens',
  content_filter: 'content_filter',
})

/**
 * Turns the chunks of a chat answer into the events of a response, in the order in which OpenAI
 * gives them: `response.created`, `response.in_progress`, item after item with its parts,
 * `response.completed` or `response.incomplete`. Thoughts become a reasoning item with a summary,
 * the text a message, each tool call a function call. Only the first choice is read: responses have
 * one.
 */
export class ResponseEvents {
  readonly #idPart: string
  readonly #output: ResponseItem[] = []
  readonly #calls = new Map<number, { readonly item: FunctionCallItem; readonly at: number }>()
  #response: Response
  #events: ResponseStreamEvent[] = []
  #sequence = 0
  #items = 0
  #open: { readonly item: MessageItem | ReasoningItem; readonly at: number } | undefined
  #finish: FinishReason | undefined

  constructor(options: ResponseEventsOptions) {
    this.#response = options.draft
    this.#idPart = options.idPart
  }

  /** The response as it stands. */
  get response(): Response {
    return this.#response
  }

  /** The events of one more chunk. */
  add(chunk: ChatCompletionChunk): ResponseStreamEvent[] {
    if (this.#sequence === 0) this.#begin(chunk.model)
    for (const { index, delta, finish_reason: finish, logprobs } of chunk.choices) {
      if (index !== 0) continue
      if (typeof delta.reasoning_content === 'string' && delta.reasoning_content !== '') {
        this.#reasoning().add(delta.reasoning_content)
      }
      if (typeof delta.content === 'string' && delta.content !== '') {
        this.#message().addText(delta.content, logprobs?.content ?? [])
      }
      for (const annotation of delta.annotations ?? []) this.#message().annotate(annotation)
      if (typeof delta.refusal === 'string' && delta.refusal !== '')
        this.#message().addRefusal(delta.refusal)
      for (const call of delta.tool_calls ?? []) this.#call(call)
      if (finish !== null && finish !== undefined) this.#finish = finish
    }
    return this.#take()
  }

  /** The events of the end. `completedAt` is Unix time in seconds. */
  end(usage: CompletionUsage | undefined, completedAt: number): ResponseStreamEvent[] {
    if (this.#sequence === 0) this.#begin(this.#response.model)
    const reason = this.#finish === undefined ? undefined : INCOMPLETE.get(this.#finish)
    const status = reason === undefined ? 'completed' : 'incomplete'
    // An answer without a word still is a message.
    if (this.#items === 0) this.#message().addText('', [])
    this.#closeOpen(status)
    for (const { item, at } of this.#calls.values()) this.#output[at] = item.close(status)
    this.#response = {
      ...this.#response,
      status,
      completed_at: status === 'completed' ? completedAt : null,
      incomplete_details: reason === undefined ? null : { reason },
      output: this.#output,
      usage: usage === undefined ? null : toResponseUsage(usage),
    }
    this.#say(`response.${status}`, { response: this.#response })
    return this.#take()
  }

  #begin(model: string): void {
    this.#response = { ...this.#response, model }
    this.#say('response.created', { response: this.#response })
    this.#say('response.in_progress', { response: this.#response })
  }

  #message(): MessageItem {
    if (this.#open?.item.kind === 'message') return this.#open.item
    this.#closeOpen('completed')
    const { writer, at } = this.#writer('msg')
    const item = new MessageItem(writer)
    this.#open = { item, at }
    return item
  }

  #reasoning(): ReasoningItem {
    if (this.#open?.item.kind === 'reasoning') return this.#open.item
    this.#closeOpen('completed')
    const { writer, at } = this.#writer('rs')
    const item = new ReasoningItem(writer)
    this.#open = { item, at }
    return item
  }

  #call({ index, id, function: fn }: ToolCallDelta): void {
    let call = this.#calls.get(index)
    if (call === undefined) {
      this.#closeOpen('completed')
      const { writer, at } = this.#writer('fc')
      call = { item: new FunctionCallItem(writer, id ?? writer.id, fn?.name ?? ''), at }
      // Stays open to the end: arguments of several calls may come in turns.
      this.#calls.set(index, call)
    }
    call.item.add(fn?.arguments ?? '')
  }

  #closeOpen(status: ItemStatus): void {
    if (this.#open === undefined) return
    this.#output[this.#open.at] = this.#open.item.close(status)
    this.#open = undefined
  }

  #writer(prefix: string): { writer: ItemWriter; at: number } {
    const at = this.#items++
    const id = `${prefix}_${this.#idPart}${at.toString(36)}`
    const write: ItemWriter['write'] = (type, fields) =>
      this.#say(type, { item_id: id, output_index: at, ...fields })
    const writeItem: ItemWriter['writeItem'] = (type, item) =>
      this.#say(type, { output_index: at, item })
    return { writer: { id, write, writeItem }, at }
  }

  #say(type: string, fields: Readonly<Record<string, unknown>>): void {
    this.#events.push({ type, sequence_number: this.#sequence++, ...fields })
  }

  #take(): ResponseStreamEvent[] {
    const events = this.#events
    this.#events = []
    return events
  }
}
