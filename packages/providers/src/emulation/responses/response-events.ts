import { wordTable } from '@sluice/core/internal'
import { encodeTypedFrame, type EventBatch } from '@sluice/sse-stream/internal'
import type {
  ChatCompletionChunk,
  CompletionUsage,
  FinishReason,
  Response,
  ResponseItem,
  ResponseStreamEvent,
  ToolCallDelta,
} from '@sluice/core/wire'
import { ActionCallItem } from './action-call-item.ts'
import type { ToolTarget } from './chat-tools.ts'
import { CustomCallItem } from './custom-call-item.ts'
import { EventLog, incompleteReason } from './event-log.ts'
import { FunctionCallItem } from './function-call-item.ts'
import type { ItemStatus, ItemWriter } from './item-writer.ts'
import { MessageItem } from './message-item.ts'
import { ReasoningItem } from './reasoning-item.ts'

/** What the events of an emulated response are made with. */
export interface ResponseEventsOptions {
  /**
   * The response before anything of it is there; its model gives way to the one that the chat
   * answer names.
   */
  readonly draft: Response
  /** Makes the ids of the items: the same for every response, but for this part. */
  readonly idPart: string
  /** The tool that a function of the chat request stands for. */
  readonly targetOf: (name: string) => ToolTarget
}

type CallItem = FunctionCallItem | CustomCallItem | ActionCallItem

/**
 * Turns the chunks of a chat answer into the events of a response, in the order in which OpenAI
 * gives them: `response.created`, `response.in_progress`, item after item with its parts,
 * `response.completed` or `response.incomplete`. Thoughts become a reasoning item with a summary,
 * the text a message, each tool call a call of the kind that its tool has. Only the first choice is
 * read: responses have one.
 */
export class ResponseEvents {
  readonly #log: EventLog
  readonly #targetOf: ResponseEventsOptions['targetOf']
  readonly #output: ResponseItem[] = []
  readonly #calls = new Map<number, { readonly item: CallItem; readonly at: number }>()
  #open: { readonly item: MessageItem | ReasoningItem; readonly at: number } | undefined
  #finish: FinishReason | undefined

  constructor({ draft, idPart, targetOf }: ResponseEventsOptions) {
    this.#log = new EventLog(draft, idPart)
    this.#targetOf = targetOf
  }

  /** The response as it stands. */
  get response(): Response {
    return this.#log.response
  }

  /** The events of one more chunk. */
  add(chunk: ChatCompletionChunk): ResponseStreamEvent[] {
    this.#log.begin(chunk.model)
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
    return this.#log.take()
  }

  /**
   * The frames of the events of a batch. Words that are only written again are not made into
   * objects.
   */
  framesOf(batch: EventBatch): string {
    let frames = ''
    batch.eachContent(
      (raw) => {
        const item = this.#open?.item
        if (item?.kind === 'message' && item.isText) {
          frames += item.textFrame(raw, this.#log.count())
          return
        }
        // Mostly the first chunk is another, and names the model.
        if (!this.#log.hasBegun) this.#log.begin(batch.chunks()[0]?.model)
        const text = JSON.parse(`"${raw}"`) as string
        if (text !== '') this.#message().addText(text, [])
        frames += this.#log.take().map(encodeTypedFrame).join('')
      },
      (chunk) => (frames += this.add(chunk).map(encodeTypedFrame).join('')),
    )
    return frames
  }

  /** The events of the end. `completedAt` is Unix time in seconds. */
  end(usage: CompletionUsage | undefined, completedAt: number): ResponseStreamEvent[] {
    this.#log.begin()
    const status = incompleteReason(this.#finish) === undefined ? 'completed' : 'incomplete'
    // An answer without a word still is a message.
    if (this.#log.items === 0) this.#message().addText('', [])
    this.#closeOpen(status)
    for (const { item, at } of this.#calls.values()) this.#output[at] = item.close(status)
    this.#log.end(this.#output, { finish: this.#finish, usage, completedAt })
    return this.#log.take()
  }

  #message(): MessageItem {
    if (this.#open?.item.kind === 'message') return this.#open.item
    this.#closeOpen('completed')
    const { writer, at } = this.#log.writer('msg')
    const item = new MessageItem(writer)
    this.#open = { item, at }
    return item
  }

  #reasoning(): ReasoningItem {
    if (this.#open?.item.kind === 'reasoning') return this.#open.item
    this.#closeOpen('completed')
    const { writer, at } = this.#log.writer('rs')
    const item = new ReasoningItem(writer)
    this.#open = { item, at }
    return item
  }

  #call({ index, id, function: fn }: ToolCallDelta): void {
    let call = this.#calls.get(index)
    if (call === undefined) {
      this.#closeOpen('completed')
      const target = this.#targetOf(fn?.name ?? '')
      const { writer, at } = this.#log.writer(prefixOf(target))
      call = { item: callItem(target, writer, id ?? writer.id), at }
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
}

const PREFIXES = wordTable<string>({
  function: 'fc',
  custom: 'ctc',
  local_shell: 'lsh',
  shell: 'sh',
  apply_patch: 'apc',
  tool_search: 'tsc',
})

function prefixOf({ kind }: ToolTarget): string {
  return PREFIXES.get(kind)!
}

function callItem(target: ToolTarget, writer: ItemWriter, callId: string): CallItem {
  const { kind } = target
  if (kind === 'function') return new FunctionCallItem(writer, callId, target)
  if (kind === 'custom') return new CustomCallItem(writer, callId, target)
  return new ActionCallItem(writer, callId, kind)
}
