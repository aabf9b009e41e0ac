import type { Batch } from '@sluice/core'
import { wordTable } from '@sluice/core/internal'
import { encodeTypedFrame, EventBatch } from '@sluice/sse-stream/internal'
import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionChunkChoice,
  CompletionUsage,
  ContentBlock,
  FinishReason,
  Message,
  MessageStreamEvent,
  ToolCallDelta,
} from '@sluice/core/wire'
import { MessageCalls, type MessageCall } from './message-calls.ts'
import { toMessageUsage } from './message-usage.ts'
import { EMULATED_SIGNATURE } from './thinking-signature.ts'

/** What the events of an emulated message are made with. */
export interface MessageEventsOptions {
  readonly id: string
  /** The model, until the chat answer names its own. */
  readonly model: string
  /** Whether the blocks are kept, for a message that is given as a whole. */
  readonly keeps: boolean
  /** Whether thoughts are told. */
  readonly showsThinking: boolean
  readonly stopSequences: readonly string[]
  /** Gives a tool its name back. */
  readonly toolName: (name: string) => string
}

/** Anthropic's word for how an answer ended, by chat's. */
const STOP_REASONS = wordTable<string>({
  stop: 'end_turn',
  tool_calls: 'end_turn',
  function_call: 'end_turn',
  length: 'max_tokens',
  content_filter: 'refusal',
} satisfies Record<FinishReason, string>)

interface OpenBlock {
  readonly kind: 'text' | 'thinking'
  readonly index: number
  /** What stands before the text in the frame of each of its deltas. */
  readonly head: string
  whole: string
}

const DELTA_END = '}}\n\n'

/**
 * Turns the chunks of a chat answer into the frames of a message, in the order in which Anthropic
 * gives them: `message_start`, block after block, `message_delta` with the usage, `message_stop`.
 * Blocks do not overlap: where a vendor tells several
 * calls in turns, all but the first wait. Only the first choice is read: messages have one.
 */
export class MessageEvents {
  readonly #options: MessageEventsOptions
  readonly #content: ContentBlock[] = []
  readonly #calls: MessageCalls
  #model: string
  #frames = ''
  #hasBegun = false
  #blocks = 0
  #open: OpenBlock | undefined
  /** Words that came in the middle of a call. */
  #late = ''
  #finish: FinishReason | undefined
  #stopSequence: string | null = null
  #isRefused = false

  constructor(options: MessageEventsOptions) {
    this.#options = options
    this.#model = options.model
    this.#calls = new MessageCalls({
      begin: (call) => this.#beginCall(call),
      grow: (call, json) => this.#grown(deltaHead(call.block, 'input_json_delta'), json),
      end: (call) => this.#stop(call.block),
    })
  }

  /** Returns the frames of what a batch of a chat says. */
  add(batch: Batch<ChatCompletionChunk, ChatCompletion>): string {
    // Words that are only written again are not made into objects.
    if (batch instanceof EventBatch && !this.#options.keeps) {
      batch.eachContent((raw) => {
        // Mostly the first chunk is another, and names the model.
        if (!this.#hasBegun) this.#begin(batch.chunks()[0]?.model ?? this.#model)
        this.#rawText(raw)
      }, this.#onChunk)
    } else batch.chunks().forEach(this.#onChunk)
    return this.#take()
  }

  /** Returns the frames of the end. */
  end(usage: CompletionUsage | undefined): string {
    if (!this.#hasBegun) this.#begin(this.#model)
    this.#close()
    this.#calls.end()
    if (this.#late !== '') {
      this.#grow('text', this.#late)
      this.#close()
    }
    const delta = { stop_reason: this.#stopReason(), stop_sequence: this.#stopSequence }
    this.#say({ type: 'message_delta', delta, usage: toMessageUsage(usage) })
    this.#say({ type: 'message_stop' })
    return this.#take()
  }

  /** Returns the whole message, once it has ended. */
  message(usage: CompletionUsage | undefined): Message {
    return {
      ...this.#draft(),
      content: this.#content,
      stop_reason: this.#stopReason(),
      stop_sequence: this.#stopSequence,
      usage: toMessageUsage(usage),
    }
  }

  #rawText(raw: string): void {
    if (this.#open?.kind === 'text') this.#frames += `${this.#open.head}"${raw}"${DELTA_END}`
    else if (raw !== '') this.#words(JSON.parse(`"${raw}"`) as string)
  }

  readonly #onChunk = (chunk: ChatCompletionChunk): void => {
    if (!this.#hasBegun) this.#begin(chunk.model)
    for (const choice of chunk.choices) if (choice.index === 0) this.#choice(choice)
  }

  #draft(): Message {
    return {
      id: this.#options.id,
      type: 'message',
      role: 'assistant',
      model: this.#model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: toMessageUsage(undefined),
    }
  }

  #begin(model: string): void {
    this.#hasBegun = true
    if (model !== '') this.#model = model
    this.#say({ type: 'message_start', message: this.#draft() })
  }

  #choice({ delta, finish_reason: finish, ...rest }: ChatCompletionChunkChoice): void {
    const { reasoning_content: thought, content, refusal, tool_calls: calls } = delta
    if (typeof thought === 'string' && thought !== '' && this.#options.showsThinking)
      this.#grow('thinking', thought)
    if (typeof content === 'string' && content !== '') this.#words(content)
    if (typeof refusal === 'string' && refusal !== '') {
      this.#isRefused = true
      this.#words(refusal)
    }
    if (calls !== undefined) for (const call of calls) this.#call(call)
    if (finish === null || finish === undefined) return
    this.#finish = finish
    // vLLM and SGLang name what stopped them.
    const stopped = rest['stop_reason'] ?? rest['matched_stop'] ?? rest['stop_sequence']
    if (typeof stopped === 'string' && this.#options.stopSequences.includes(stopped))
      this.#stopSequence = stopped
  }

  #words(text: string): void {
    if (this.#calls.endOpen()) this.#grow('text', text)
    else this.#late += text
  }

  #grow(kind: OpenBlock['kind'], text: string): void {
    if (this.#open?.kind !== kind) {
      this.#close()
      if (!this.#calls.endOpen()) return
      const index = this.#blocks++
      this.#open = { kind, index, head: deltaHead(index, `${kind}_delta`), whole: '' }
      const block =
        kind === 'text'
          ? { type: 'text', text: '' }
          : { type: 'thinking', thinking: '', signature: '' }
      this.#say({ type: 'content_block_start', index, content_block: block })
    }
    if (this.#options.keeps) this.#open.whole += text
    else this.#grown(this.#open.head, text)
  }

  #call({ index, id, function: fn }: ToolCallDelta): void {
    this.#close()
    this.#calls.add(index, { id, name: fn?.name, json: fn?.arguments ?? '' })
  }

  #beginCall(call: MessageCall): number {
    const index = this.#blocks++
    const block = {
      type: 'tool_use',
      id: call.id ?? `toolu_${this.#options.id.slice(4)}${index}`,
      name: this.#options.toolName(call.name),
      input: {},
    }
    this.#say({ type: 'content_block_start', index, content_block: block })
    // What it is called with is asked for when it is whole.
    if (this.#options.keeps)
      this.#content[index] = Object.defineProperty({ ...block }, 'input', {
        enumerable: true,
        get: () => call.input(),
      })
    return index
  }

  #close(): void {
    const open = this.#open
    if (open === undefined) return
    this.#open = undefined
    const { kind, index, whole } = open
    if (kind === 'thinking') this.#grown(deltaHead(index, 'signature_delta'), EMULATED_SIGNATURE)
    if (this.#options.keeps)
      this.#content[index] =
        kind === 'text'
          ? { type: 'text', text: whole }
          : { type: 'thinking', thinking: whole, signature: EMULATED_SIGNATURE }
    this.#stop(index)
  }

  #stopReason(): string {
    if (this.#stopSequence !== null) return 'stop_sequence'
    if (this.#isRefused) return 'refusal'
    const reason = STOP_REASONS.get(this.#finish ?? 'stop') ?? 'end_turn'
    // A call that was forced by name ends with `stop`.
    return reason === 'end_turn' && this.#calls.count > 0 ? 'tool_use' : reason
  }

  /** Tells a piece of text; nearly all events do, and only their text differs. */
  #grown(head: string, text: string): void {
    if (!this.#options.keeps) this.#frames += head + JSON.stringify(text) + DELTA_END
  }

  #stop(index: number): void {
    this.#say({ type: 'content_block_stop', index })
  }

  #say(event: MessageStreamEvent): void {
    if (!this.#options.keeps) this.#frames += encodeTypedFrame(event)
  }

  #take(): string {
    const frames = this.#frames
    this.#frames = ''
    return frames
  }
}

/** The fields of deltas that have the text, by the type of the delta. */
type DeltaType = 'text_delta' | 'thinking_delta' | 'signature_delta' | 'input_json_delta'

function deltaHead(index: number, type: DeltaType): string {
  const field = type === 'input_json_delta' ? 'partial_json' : type.slice(0, -'_delta'.length)
  const start = { type: 'content_block_delta', index, delta: { type, [field]: 0 } }
  return encodeTypedFrame(start).slice(0, -('0' + DELTA_END).length)
}
