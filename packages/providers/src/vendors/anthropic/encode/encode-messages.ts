import { ApiError } from '@sluice/core'
import type { ChatCompletionMessageParam } from '@sluice/core/wire'
import { cacheMark, encodeContent } from './encode-content.ts'
import { isObject, textOf, type Json } from '../json.ts'
import { renameKeys } from '../schema/key-renamer.ts'
import { thinkingBlocksOf, type ThinkingMemory } from '../thinking-memory.ts'
import type { ToolNames } from './tool-names.ts'
import { UniqueNames } from './unique-names.ts'
import type {
  ContentBlock,
  MessageTurn,
  TextBlock,
  ThinkingBlock,
  ToolResultBlock,
  ToolUseBlock,
} from '../wire.ts'

/** A conversation in the vendor's form. */
export interface Conversation {
  /**
   * All system and developer messages, in order: most models know no instructions between the
   * turns.
   */
  readonly system: TextBlock[]
  readonly messages: MessageTurn[]
  /** Names of all tools that were called in it, as the vendor sees them. */
  readonly calledTools: ReadonlySet<string>
  /**
   * Whether a thinking budget is accepted: the turn that the answer goes on from has to begin with
   * a thought.
   */
  readonly mayThink: boolean
  /** What could not be carried. */
  readonly drops: readonly string[]
}

/** What a conversation is written with. */
export interface ConversationOptions {
  readonly names: ToolNames
  readonly memory: ThinkingMemory | undefined
  /** Whether the model goes on from the assistant's own last words. Where not, it is asked to. */
  readonly prefill: boolean
}

/** Said for the user where a conversation begins with the assistant, which the vendor refuses. */
const BEGIN = 'Begin.'
/**
 * Said for the user where a conversation ends with the assistant's words and the model wants the
 * user's.
 */
const GO_ON = 'Continue.'
const NO_RESULT = 'This call was given no result.'

interface OpenCall {
  readonly id: string
  result?: ToolResultBlock
}

/**
 * Calls that the client gave the same id, in order; the first `answered` of them have their result.
 */
interface Namesakes {
  readonly calls: OpenCall[]
  answered: number
}

/**
 * A turn being written. Most have neither calls nor results, and there may be very many of them.
 */
interface Turn {
  readonly role: MessageTurn['role']
  readonly blocks: ContentBlock[]
  /** Stand first in a turn, whenever they came. */
  results?: ToolResultBlock[]
  /** The calls of an assistant turn by the client's ids. */
  calls?: Map<string, Namesakes>
}

/**
 * Writes a client's messages as turns that the vendor takes: neighbours of one role joined, every
 * call answered in the turn after it, results without a call told as text, nothing blank. Takes
 * time in proportion to the messages.
 *
 * @throws ApiError `unsupported_parameter` for a part that cannot be sent, `invalid_value` where
 * nothing is said at all
 */
export function encodeMessages(
  messages: readonly ChatCompletionMessageParam[],
  options: ConversationOptions,
): Conversation {
  const writer = new ConversationWriter(options)
  for (const [index, message] of messages.entries()) writer.add(message, `messages[${index}]`)
  return writer.finish()
}

class ConversationWriter {
  readonly #options: ConversationOptions
  readonly #system: TextBlock[] = []
  readonly #turns: Turn[] = []
  readonly #ids = new UniqueNames()
  readonly #called = new Set<string>()
  #namesPeople = false

  constructor(options: ConversationOptions) {
    this.#options = options
  }

  add(message: ChatCompletionMessageParam, param: string): void {
    const said = encodeContent(message.content, param)
    const isResult = message.role === 'tool' || message.role === 'function'
    if (isResult) return this.#result(message, said)
    if (message.name !== undefined) this.#namesPeople = true
    if (said.length > 0 && message['cache_control'] !== undefined)
      Object.assign(said.at(-1)!, cacheMark(message))
    if (message.role === 'assistant') this.#assistant(message, said)
    else if (message.role === 'system' || message.role === 'developer') this.#instruct(said, param)
    else if (said.length > 0) append(this.#turn('user').blocks, said)
  }

  finish(): Conversation {
    this.#finishLast()
    this.#answerAll()
    const messages = this.#turns.map(({ role, results, blocks }): MessageTurn => ({
      role,
      content: results === undefined ? blocks : [...results, ...blocks],
    }))
    if (messages.length === 0) {
      if (this.#system.length === 0)
        throw new ApiError('invalid_value', {
          message: 'The messages say nothing.',
          param: 'messages',
        })
      // The vendor wants a turn to answer to.
      messages.push({ role: 'user', content: this.#system.splice(0) })
    }
    if (messages[0]!.role !== 'user') {
      messages.unshift({ role: 'user', content: [{ type: 'text', text: BEGIN }] })
    }
    return {
      system: this.#system,
      messages,
      calledTools: this.#called,
      mayThink: mayThink(messages),
      drops: this.#namesPeople ? ['messages.name'] : [],
    }
  }

  #turn(role: Turn['role']): Turn {
    const last = this.#turns.at(-1)
    if (last?.role === role) return last
    const turn: Turn = { role, blocks: [] }
    this.#turns.push(turn)
    return turn
  }

  #instruct(said: readonly ContentBlock[], param: string): void {
    for (const block of said) {
      if (block.type === 'text') this.#system.push(block)
      else
        throw new ApiError('unsupported_parameter', {
          message: 'Instructions to this model can only be text.',
          param,
        })
    }
  }

  #assistant(message: ChatCompletionMessageParam, content: readonly ContentBlock[]): void {
    const said = content.length > 0 ? content : encodeContent(message.refusal, '')
    const calls = callsOf(message)
    // A turn may not end with a thought, so that one without words or calls is left out.
    if (said.length === 0 && calls.length === 0) return
    const turn = this.#turn('assistant')
    append(turn.blocks, this.#thoughts(message, calls))
    append(turn.blocks, said)
    for (const call of calls) turn.blocks.push(this.#call(turn, call))
  }

  #thoughts(message: Json, calls: readonly Json[]): readonly ThinkingBlock[] {
    const echoed = thinkingBlocksOf(message['thinking_blocks'])
    if (echoed.length > 0) return echoed
    return this.#options.memory?.recall(calls.map((call) => textOf(call['id']) ?? '')) ?? []
  }

  #call(turn: Turn, call: Json): ToolUseBlock {
    const fn = isObject(call['function']) ? call['function'] : {}
    const ownName = textOf(fn['name']) ?? ''
    const key = textOf(call['id']) ?? ownName
    const id = this.#ids.claim(key)
    const name = this.#options.names.toWire(ownName)
    this.#called.add(name)
    turn.calls ??= new Map()
    const namesakes = turn.calls.get(key)
    if (namesakes === undefined) turn.calls.set(key, { calls: [{ id }], answered: 0 })
    else namesakes.calls.push({ id })
    const properties = this.#options.names.propertiesOf(ownName)
    return {
      type: 'tool_use',
      id,
      name,
      input: inputOf(fn['arguments'], properties?.toWire),
      ...cacheMark(call),
    }
  }

  #result(message: ChatCompletionMessageParam, content: readonly ContentBlock[]): void {
    const last = this.#turns.at(-1)
    const asked = last?.role === 'user' ? this.#turns.at(-2) : last
    const key = textOf(message.tool_call_id) ?? textOf(message.name)
    const namesakes = key === undefined ? undefined : asked?.calls?.get(key)
    const turn = this.#turn('user')
    if (namesakes === undefined) {
      turn.blocks.push({
        type: 'text',
        text: key === undefined ? 'A tool gave:' : `The tool call ${key} gave:`,
      })
      append(turn.blocks, content)
      return
    }
    // A result too many is added to the last one.
    const call = namesakes.calls[namesakes.answered] ?? namesakes.calls.at(-1)!
    if (call.result === undefined) {
      call.result = { type: 'tool_result', tool_use_id: call.id }
      namesakes.answered++
      turn.results ??= []
      turn.results.push(call.result)
    }
    if (message['is_error'] === true) call.result.is_error = true
    // The vendor takes nothing but text in a result that is an error.
    if (content.some((block) => block.type !== 'text')) delete call.result.is_error
    if (content.length > 0)
      append((call.result.content ??= []), content as NonNullable<ToolResultBlock['content']>)
    Object.assign(call.result, cacheMark(message))
  }

  #finishLast(): void {
    const last = this.#turns.at(-1)
    if (last?.role !== 'assistant') return
    if (last.calls !== undefined) {
      this.#turn('user')
      return
    }
    if (!this.#options.prefill) {
      this.#turn('user').blocks.push({ type: 'text', text: GO_ON })
      return
    }
    const words = last.blocks.at(-1)
    // The vendor refuses to go on from a blank.
    if (words?.type === 'text') words.text = words.text.trimEnd()
  }

  #answerAll(): void {
    for (const [index, { calls }] of this.#turns.entries()) {
      for (const { calls: namesakes, answered } of calls?.values() ?? []) {
        for (const { id } of namesakes.slice(answered)) {
          const content: TextBlock[] = [{ type: 'text', text: NO_RESULT }]
          const answers = (this.#turns[index + 1]!.results ??= [])
          answers.push({ type: 'tool_result', tool_use_id: id, content, is_error: true })
        }
      }
    }
  }
}

/** The calls of an assistant message, with the one of the form from before there were several. */
function callsOf(message: ChatCompletionMessageParam): Json[] {
  const calls = Array.isArray(message.tool_calls)
    ? (message.tool_calls as unknown[]).filter(isObject)
    : []
  if (calls.length === 0 && isObject(message['function_call']))
    calls.push({ function: message['function_call'] })
  return calls
}

/** Arguments as the object that the vendor wants; what is no JSON object is kept as its text. */
function inputOf(given: unknown, names?: ReadonlyMap<string, string>): Record<string, unknown> {
  const text = isObject(given) && names !== undefined ? JSON.stringify(given) : given
  if (isObject(text)) return { ...text }
  if (typeof text !== 'string' || !/\S/.test(text)) return {}
  try {
    const input: unknown = JSON.parse(names === undefined ? text : renameKeys(text, names))
    if (isObject(input)) return input
    return input === null ? {} : { arguments: input }
  } catch {
    return { arguments: text }
  }
}

function mayThink(messages: readonly MessageTurn[]): boolean {
  const last = messages.at(-1)
  const goesOnFrom =
    last?.role === 'assistant'
      ? last
      : last?.content[0]?.type === 'tool_result'
        ? messages.at(-2)
        : undefined
  const first = goesOnFrom?.content[0]?.type
  return first === undefined || first === 'thinking' || first === 'redacted_thinking'
}

/** Spreading into `push` would overflow the stack on very long lists. */
function append<T>(target: T[], items: readonly T[]): void {
  for (const item of items) target.push(item)
}
