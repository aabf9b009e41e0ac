import type {
  ApiError,
  ChatCompletionChunk,
  ChatCompletionDelta,
  CompletionUsage,
  FinishReason,
  ToolCallDelta,
} from '@sluice/core'
import type { ChatDelta, VendorToolCallDelta } from './chat-delta.ts'
import { normaliseUsage } from './normalise-usage.ts'

/** What an answer's envelope is made of where the vendor leaves it out. */
export interface ChatEnvelope {
  readonly id: string
  /** Unix time in seconds. */
  readonly created: number
  readonly model: string
}

/** How an answer stands: nothing said yet; one choice that runs, without calls; anything else. */
export type AssemblerStanding = 'new' | 'running' | 'other'

interface KnownCall {
  readonly index: number
  readonly id: string
  hasArguments: boolean
}

class ChoiceState {
  readonly index: number
  started = false
  finished = false
  count = 0
  #calls: Map<string | number, KnownCall> | undefined

  constructor(index: number) {
    this.index = index
  }

  /** Vendor's name of a call → what it is to the client. Made only when it is asked for: most answers have no calls. */
  get calls(): Map<string | number, KnownCall> {
    return (this.#calls ??= new Map())
  }
}

/**
 * Turns what a vendor says into chunks that hold OpenAI's rules, whoever the vendor is: one id, model and time for the whole answer, the role
 * once and first, tool calls counted from 0 with id, type and name on their first part only, one finish reason per choice and nothing after it.
 */
export class ChatAssembler {
  readonly #fallback: ChatEnvelope
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

  constructor(fallback: ChatEnvelope) {
    this.#fallback = fallback
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
    return first.index === 0 && first.started && !first.finished && first.count === 0 ? 'running' : 'other'
  }

  /** How the answer stands before an event; for one of another envelope it is never the same twice. */
  standing({ id, created, model }: ChatDelta): AssemblerStanding {
    const envelope = this.#envelope
    const isOwn =
      envelope === undefined || (envelope.id === id && envelope.created === created && envelope.model === model)
    return isOwn ? this.progress : 'other'
  }

  /** Whether every choice that began has its finish reason. */
  get allFinished(): boolean {
    const choices = this.#choices
    return choices.length > 0 && choices.every((choice) => choice.finished)
  }

  /** The chunk for a delta, or nothing where the client need not see it. */
  add(delta: ChatDelta): ChatCompletionChunk | undefined {
    if (delta.error !== undefined) this.error ??= delta.error
    if (delta.usage !== undefined) this.usage = normaliseUsage(delta.usage) ?? this.usage
    if (delta.end === true) this.ended = true
    if (delta.id !== undefined || delta.model !== undefined || delta.created !== undefined) this.#learnEnvelope(delta)
    if (delta.delta === undefined && delta.finishReason === undefined) return undefined
    const index = delta.index ?? 0
    const choice = this.#choice(index)
    if (choice.finished) return undefined

    const { role: _role, tool_calls: vendorCalls, ...rest } = delta.delta ?? {}
    const gained: ChatCompletionDelta = choice.started ? { ...rest } : { role: 'assistant', ...rest }
    if (!choice.started && gained.content === undefined && vendorCalls === undefined) gained.content = ''
    const calls = vendorCalls === undefined ? [] : this.#toolCalls(choice, vendorCalls)
    if (calls.length > 0) gained.tool_calls = calls
    let finish: FinishReason | null = null
    if (delta.finishReason !== undefined) {
      finish = this.#finish(choice, delta.finishReason, gained)
    }
    if (!this.meaningful) this.meaningful = finish !== null || saysSomething(gained)
    if (choice.started && finish === null && Object.keys(gained).length === 0 && delta.choiceFields === undefined)
      return undefined
    choice.started = true
    return this.#chunk(delta, {
      index,
      delta: gained,
      ...(delta.logprobs === undefined ? {} : { logprobs: delta.logprobs }),
      finish_reason: finish,
      ...delta.choiceFields,
    })
  }

  /** Begins a new answer, as its first event would. */
  open(envelope: ChatEnvelope): void {
    this.#envelope = envelope
  }

  /** Does for an event of the first choice what `add` would, where its chunk is known and has no calls: whether it says something, and ends the choice. */
  pass(speaks: boolean, finishes: boolean): void {
    const choice = this.#choice(0)
    choice.started = true
    if (finishes) choice.finished = true
    if (speaks) this.meaningful = true
  }

  /** Finish reasons for the choices that a vendor's own end left without one. */
  finishOpen(): ChatCompletionChunk[] {
    const chunks: ChatCompletionChunk[] = []
    for (const choice of this.#choices) {
      if (choice.finished) continue
      const chunk = this.add({ index: choice.index, finishReason: choice.count > 0 ? 'tool_calls' : 'stop' })
      if (chunk !== undefined) chunks.push(chunk)
    }
    return chunks
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
      created: delta.created !== undefined && delta.created > 0 ? Math.floor(delta.created) : this.#fallback.created,
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

  #toolCalls(choice: ChoiceState, vendorCalls: readonly VendorToolCallDelta[]): ToolCallDelta[] {
    const parts: ToolCallDelta[] = []
    for (const part of vendorCalls) {
      const given = part.id !== undefined && part.id !== '' ? part.id : undefined
      const key = part.index ?? given ?? (choice.count === 0 ? 0 : [...choice.calls.keys()].at(-1)!)
      let known = choice.calls.get(key)
      // Some vendors give every call the same index; a new id with a name is a new call all the same.
      if (known !== undefined && given !== undefined && given !== known.id && part.function?.name) known = undefined
      const { index: _index, id: _id, type: _type, function: fn, ...foreign } = part
      const text = fn?.arguments ?? ''
      if (known === undefined) {
        const id =
          given ??
          `call_${this.#head()
            .id.replace(/[^A-Za-z0-9]/g, '')
            .slice(-12)}_${choice.count}`
        known = { index: choice.count++, id, hasArguments: text !== '' }
        choice.calls.set(key, known)
        parts.push({
          index: known.index,
          id,
          type: 'function',
          function: { name: fn?.name ?? '', arguments: text },
          ...foreign,
        })
      } else if (text !== '' || Object.keys(foreign).length > 0) {
        known.hasArguments ||= text !== ''
        parts.push({ index: known.index, function: { arguments: text }, ...foreign })
      }
    }
    return parts
  }

  #finish(choice: ChoiceState, reason: FinishReason, gained: ChatCompletionDelta): FinishReason {
    choice.finished = true
    // A call without arguments means "no arguments", which is an empty object; an empty string is not JSON.
    const empty = choice.count === 0 ? [] : [...choice.calls.values()].filter((call) => !call.hasArguments)
    if (empty.length > 0 && reason !== 'length') {
      const parts = gained.tool_calls ?? []
      for (const { index } of empty) {
        const part = parts.find((one) => one.index === index)
        if (part?.function !== undefined) part.function.arguments = '{}'
        else parts.push({ index, function: { arguments: '{}' } })
      }
      gained.tool_calls = parts
    }
    return reason === 'tool_calls' && choice.count === 0 ? 'stop' : reason
  }
}

/** Not spread: an envelope may be made up only when it is asked for. */
function copyOf({ id, created, model }: ChatEnvelope): ChatEnvelope {
  return { id, created, model }
}

/** Whether a user could see something of it. */
export function saysSomething(delta: object): boolean {
  for (const [field, value] of Object.entries(delta)) {
    if (field === 'role' || value === '' || value === null || value === undefined) continue
    return true
  }
  return false
}
