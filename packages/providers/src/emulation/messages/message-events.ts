import { wordTable } from '@sluice/core/internal'
import type {
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
  whole: string
}

/**
 * Turns the chunks of a chat answer into the events of a message, in the order in which Anthropic
 * gives them: `message_start`, block after block, `message_delta` with the usage, `message_stop`.
 * Words that come together are told together. Blocks do not overlap: where a vendor tells several
 * calls in turns, all but the first wait. Only the first choice is read: messages have one.
 */
export class MessageEvents {
  readonly #options: MessageEventsOptions
  readonly #content: ContentBlock[] = []
  readonly #calls: MessageCalls
  #model: string
  #events: MessageStreamEvent[] = []
  #hasBegun = false
  #blocks = 0
  #open: OpenBlock | undefined
  /** Words of the open block that have not been told. */
  #pending = ''
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
      grow: (call, json) =>
        this.#delta(call.block, { type: 'input_json_delta', partial_json: json }),
      end: (call) => this.#stop(call.block),
    })
  }

  /** Returns the events of further chunks. */
  add(chunks: readonly ChatCompletionChunk[]): MessageStreamEvent[] {
    for (const chunk of chunks) {
      if (!this.#hasBegun) this.#begin(chunk.model)
      for (const choice of chunk.choices) if (choice.index === 0) this.#choice(choice)
    }
    this.#tell()
    this.#calls.tell()
    return this.#take()
  }

  /** Returns the events of the end. */
  end(usage: CompletionUsage | undefined): MessageStreamEvent[] {
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
      this.#open = { kind, index, whole: '' }
      const block =
        kind === 'text'
          ? { type: 'text', text: '' }
          : { type: 'thinking', thinking: '', signature: '' }
      this.#say({ type: 'content_block_start', index, content_block: block })
    }
    this.#pending += text
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

  /** Tells the words that have come. */
  #tell(): void {
    const text = this.#pending
    if (this.#open === undefined || text === '') return
    this.#pending = ''
    const { kind, index } = this.#open
    if (this.#options.keeps) this.#open.whole += text
    const delta =
      kind === 'text' ? { type: 'text_delta', text } : { type: 'thinking_delta', thinking: text }
    this.#delta(index, delta)
  }

  #close(): void {
    const open = this.#open
    if (open === undefined) return
    this.#tell()
    this.#open = undefined
    const { kind, index, whole } = open
    if (kind === 'thinking')
      this.#delta(index, { type: 'signature_delta', signature: EMULATED_SIGNATURE })
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

  #delta(index: number, delta: Readonly<Record<string, unknown>>): void {
    this.#say({ type: 'content_block_delta', index, delta })
  }

  #stop(index: number): void {
    this.#say({ type: 'content_block_stop', index })
  }

  #say(event: MessageStreamEvent): void {
    this.#events.push(event)
  }

  #take(): MessageStreamEvent[] {
    const events = this.#events
    this.#events = []
    return events
  }
}
