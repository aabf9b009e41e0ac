import type { ApiError } from '@sluice/core'
import type {
  ChatCompletionChunk,
  ChatCompletionDelta,
  CompletionUsage,
  FinishReason,
  ToolCallDelta,
} from '@sluice/core/wire'
import type { ChatDelta, VendorDelta, VendorToolCallDelta } from './chat-decoder.ts'
import { mergeUsage } from '../usage/merge-usage.ts'
import { normalizeUsage } from '../usage/normalize-usage.ts'
import {
  bare,
  begun,
  ChoiceState,
  finishOf,
  goesOn,
  saysSomething,
  withRemarks,
  type HeldFinish,
} from './choice-state.ts'
import { ToolCallJoiner } from './tool-call-joiner.ts'
import { ToolNameJoiner } from './tool-name-joiner.ts'

/** What an answer's envelope is made of where the vendor leaves it out. */
export interface ChatEnvelope {
  readonly id: string
  /** Unix time in seconds. */
  readonly created: number
  readonly model: string
}

/**
 * How an answer stands: nothing said yet; one choice that runs, without calls of any kind; anything
 * else.
 */
export type AssemblerStanding = 'new' | 'running' | 'other'

const UNKNOWN_FINISH: ChatDelta = {}

/**
 * Turns what a vendor says into chunks that hold OpenAI's rules, whoever the vendor is: one id,
 * model and time for the whole answer, the role once and first, tool calls counted from 0 with id,
 * type and name on their first part only, one finish reason per choice and nothing after it.
 * Vendors also say why a choice ends where it does not; so that is held back until the answer has
 * ended, as `finishAll` is told.
 */
export class ChunkAssembler {
  readonly #fallback: ChatEnvelope
  readonly #tools: unknown
  #names: ToolNameJoiner | undefined
  /** The choice that began first. Mostly it is the only one, for which no map is made. */
  #first: ChoiceState | undefined
  #others: Map<number, ChoiceState> | undefined
  #envelope: ChatEnvelope | undefined
  /** The usage said last. */
  usage: CompletionUsage | undefined
  /** The vendor failed inside its stream. */
  error: ApiError | undefined
  /** The vendor's own end has been seen: `[DONE]` or the event that stands for it. */
  ended = false
  /** Something that a user could see has been said: text, reasoning, a call, a refusal, an end. */
  meaningful = false
  /** An end that was none has been seen. */
  #hasLied = false
  #ends = 0
  /** Whether the like of the delta added last may be handed on without being shown to `add`. */
  isRunning = false
  /** Whether that delta had words, thoughts or calls. */
  hasWords = false

  /** @param tools The request's `tools`, by whose names those of calls are known to be whole. */
  constructor(fallback: ChatEnvelope, tools?: unknown) {
    this.#fallback = fallback
    this.#tools = tools
  }

  /** Id, time and model of the answer, once they are known. */
  get envelope(): ChatEnvelope | undefined {
    return this.#envelope
  }

  /** How the answer stands, whatever comes next. */
  get progress(): AssemblerStanding {
    const first = this.#first
    if (this.#envelope === undefined) return first === undefined ? 'new' : 'other'
    if (first === undefined || this.#others !== undefined) return 'other'
    const runs = first.started && first.held === undefined && !first.finished
    const wantsResults = first.calls !== undefined || first.saidFunction
    return first.index === 0 && runs && !wantsResults ? 'running' : 'other'
  }

  /**
   * How the answer stands before an event; for one of another envelope it is never the same twice.
   */
  standing({ id, created, model }: ChatDelta): AssemblerStanding {
    const envelope = this.#envelope
    const isOwn =
      envelope === undefined ||
      (envelope.id === id && envelope.created === created && envelope.model === model)
    return isOwn ? this.progress : 'other'
  }

  /** Whether every choice that began has its finish reason. */
  get allFinished(): boolean {
    const choices = this.#choices
    return (
      choices.length > 0 && choices.every((choice) => choice.held !== undefined || choice.finished)
    )
  }

  /**
   * Whether nothing is missing, should nothing more come. A vendor's finish reasons are not
   * believed after one that was no end.
   */
  get isWhole(): boolean {
    return this.allFinished && (this.ended || !this.#hasLied)
  }

  /**
   * The chunk for a delta, or nothing where the client need not see it. Why a choice ends is told
   * by `finishAll`.
   */
  add(delta: ChatDelta): ChatCompletionChunk | undefined {
    this.isRunning = false
    this.hasWords = false
    if (delta.error !== undefined) this.error ??= delta.error
    if (delta.usage !== undefined) this.usage = mergeUsage(this.usage, normalizeUsage(delta.usage))
    if (delta.end === true) this.ended = true
    if (delta.id !== undefined || delta.model !== undefined || delta.created !== undefined)
      this.#learnEnvelope(delta)
    if (delta.delta === undefined && delta.finishReason === undefined) return undefined
    const index = delta.index ?? 0
    const choice = this.#choice(index)
    if (choice.finished) return undefined

    const { role: _role, tool_calls: vendorCalls, ...said } = delta.delta ?? {}
    const rest = delta.isWhole === true ? this.#unsaid(choice, said) : said
    const gained: ChatCompletionDelta = choice.started
      ? { ...rest }
      : { role: 'assistant', ...rest }
    if (!choice.started && gained.content === undefined && vendorCalls === undefined)
      gained.content = ''
    const calls =
      vendorCalls === undefined ? [] : this.#toolCalls(choice, vendorCalls, delta.isWhole === true)
    if (calls.length > 0) gained.tool_calls = calls
    const speaks = goesOn(gained)
    this.hasWords = speaks
    if (speaks) this.#spoke(choice, gained)
    if (!this.meaningful)
      this.meaningful = speaks || (delta.finishReason === undefined && saysSomething(gained))
    if (delta.finishReason !== undefined) {
      this.#hold(choice, delta.finishReason, speaks ? bare(delta) : delta, speaks ? {} : gained)
      if (!speaks) return undefined
    } else {
      this.isRunning = delta.isWhole !== true && gained['function_call'] === undefined
      if (vendorCalls !== undefined) this.isRunning &&= choice.calls!.isRunning
      if (choice.held !== undefined && !saysSomething(gained)) return undefined
      if (choice.started && Object.keys(gained).length === 0 && delta.choiceFields === undefined)
        return undefined
    }
    choice.started = true
    return this.#chunk(delta, {
      index,
      delta: gained,
      ...(delta.logprobs === undefined ? {} : { logprobs: delta.logprobs }),
      finish_reason: null,
      ...(delta.finishReason === undefined ? delta.choiceFields : {}),
    })
  }

  /** Begins a new answer, as its first event would. */
  open(envelope: ChatEnvelope): void {
    this.#envelope = envelope
  }

  /**
   * Does for an event of the first choice what `add` would, where its chunk is known and has no
   * calls.
   */
  pass(hasText: boolean, hasThoughts: boolean, speaks: boolean): void {
    const choice = this.#choice(0)
    choice.started = true
    if (hasText) choice.saidContent = true
    if (hasThoughts) choice.saidThoughts = true
    if (hasText || speaks) this.meaningful = true
  }

  /** The same for one that ends the choice, with the frame that would tell so. */
  passFinish(frame: Uint8Array): void {
    const choice = this.#choice(0)
    this.#hold(choice, 'stop', UNKNOWN_FINISH, {})
    choice.held!.frame = frame
  }

  /** The chunk that would end a choice, where nothing that could still come would change it. */
  heldChunk(index: number): ChatCompletionChunk | undefined {
    const choice = this.#choice(index)
    if (choice.held === undefined || choice.calls !== undefined) return undefined
    return this.#finishChunk(choice, choice.held)
  }

  /** Keeps the frame of that chunk. */
  holdFrame(index: number, frame: Uint8Array): void {
    const { held } = this.#choice(index)
    if (held !== undefined) held.frame = frame
  }

  /** Lets no held frame stand in memory that is used again. */
  keepFrames(): void {
    if (this.ended || this.#first === undefined) return
    for (const { held } of this.#others === undefined ? [this.#first] : this.#choices) {
      if (held?.frame !== undefined) held.frame = copyOfPart(held.frame)
    }
  }

  /**
   * Ends all choices: the chunks that say why each did, `stop` where the vendor did not say; as a
   * frame where that is known.
   */
  finishFrames(): (ChatCompletionChunk | Uint8Array)[] {
    const ends: (ChatCompletionChunk | Uint8Array)[] = []
    const open = this.#choices.filter((choice) => !choice.finished)
    for (const choice of open) {
      if (choice.held === undefined)
        this.#hold(choice, choice.reason, UNKNOWN_FINISH, begun(choice))
    }
    if (open.length > 1) open.sort((a, b) => a.held!.place - b.held!.place)
    for (const choice of open) {
      const held = choice.held!
      ends.push(held.frame ?? this.#finishChunk(choice, held))
      choice.started = true
      choice.finished = true
      this.meaningful = true
    }
    return ends
  }

  /** The same for answers of which no frames are known. */
  finishAll(): ChatCompletionChunk[] {
    return this.finishFrames().filter(
      (end): end is ChatCompletionChunk => !(end instanceof Uint8Array),
    )
  }

  /** The chunk that says what the answer cost. */
  usageChunk(): ChatCompletionChunk | undefined {
    if (this.usage === undefined) return undefined
    return { ...this.#head(), choices: [], usage: this.usage }
  }

  #learnEnvelope(delta: ChatDelta): void {
    if (this.#envelope !== undefined) return
    if (delta.id === undefined || delta.id === '') return
    this.#envelope = {
      id: delta.id,
      created:
        delta.created !== undefined && delta.created > 0
          ? Math.floor(delta.created)
          : this.#fallback.created,
      model: delta.model !== undefined && delta.model !== '' ? delta.model : this.#fallback.model,
    }
  }

  #head(): Pick<ChatCompletionChunk, 'id' | 'object' | 'created' | 'model'> {
    const { id, created, model } = (this.#envelope ??= copyOf(this.#fallback))
    return { id, object: 'chat.completion.chunk', created, model }
  }

  #chunk(delta: ChatDelta, choice: ChatCompletionChunk['choices'][number]): ChatCompletionChunk {
    // A member that is set again keeps its place.
    return { ...this.#head(), ...delta.chunkFields, choices: [choice] }
  }

  /** All that have begun, in that order. */
  get #choices(): ChoiceState[] {
    return this.#first === undefined ? [] : [this.#first, ...(this.#others?.values() ?? [])]
  }

  #choice(index: number): ChoiceState {
    const first = (this.#first ??= new ChoiceState(index))
    if (first.index === index) return first
    const others = (this.#others ??= new Map<number, ChoiceState>())
    let choice = others.get(index)
    if (choice === undefined) others.set(index, (choice = new ChoiceState(index)))
    return choice
  }

  #hold(
    choice: ChoiceState,
    reason: FinishReason,
    said: ChatDelta,
    delta: ChatCompletionDelta,
  ): void {
    choice.reason = reason
    const remarks = choice.held === undefined ? delta : withRemarks(choice.held.delta, delta)
    choice.held = { reason, said, delta: remarks, place: this.#ends++ }
  }

  #spoke(choice: ChoiceState, gained: ChatCompletionDelta): void {
    if (choice.held !== undefined) {
      // A remark beside what was no end counts all the same.
      const { role: _role, content: _content, ...remarks } = choice.held.delta
      Object.assign(gained, { ...remarks, ...gained })
      choice.held = undefined
      this.#hasLied = true
    }
    if (gained.content !== undefined && gained.content !== '' && gained.content !== null)
      choice.saidContent = true
    if (gained.reasoning_content) choice.saidThoughts = true
    if (gained['function_call'] !== undefined) choice.saidFunction = true
  }

  /** Of a whole message what has not been said before it. */
  #unsaid(
    choice: ChoiceState,
    said: Omit<VendorDelta, 'role' | 'tool_calls'>,
  ): Omit<VendorDelta, 'role' | 'tool_calls'> {
    const rest: Record<string, unknown> = { ...said }
    if (choice.saidContent) delete rest['content']
    if (choice.saidThoughts) delete rest['reasoning_content']
    if (choice.saidFunction) delete rest['function_call']
    return rest
  }

  #toolCalls(
    choice: ChoiceState,
    parts: readonly VendorToolCallDelta[],
    isWhole: boolean,
  ): ToolCallDelta[] {
    if (isWhole && choice.calls !== undefined) return []
    choice.calls ??= new ToolCallJoiner(
      (this.#names ??= new ToolNameJoiner(this.#tools)),
      (index) => this.#callId(index),
    )
    return choice.calls.add(parts)
  }

  /** An id for a call that came without one. */
  #callId(index: number): string {
    const { id } = this.#head()
    return `call_${id.replace(/[^A-Za-z0-9]/g, '').slice(-12)}_${index}`
  }

  #finishChunk(choice: ChoiceState, { reason, said, delta }: HeldFinish): ChatCompletionChunk {
    const calls = choice.calls?.finish(reason) ?? []
    return this.#chunk(said, {
      index: choice.index,
      delta: calls.length === 0 ? delta : { ...delta, tool_calls: calls },
      ...(said.logprobs === undefined ? {} : { logprobs: said.logprobs }),
      finish_reason: finishOf(choice, reason, said.callsAreAnswered === true),
      ...said.choiceFields,
    })
  }
}

/** Memory of its own for bytes that are a part of some other. */
export function copyOfPart(bytes: Uint8Array): Uint8Array {
  return bytes.length === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes)
}

/** Not spread: an envelope may be made up only when it is asked for. */
function copyOf({ id, created, model }: ChatEnvelope): ChatEnvelope {
  return { id, created, model }
}
