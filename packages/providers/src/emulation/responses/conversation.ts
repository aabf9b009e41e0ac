import { ApiError } from '@sluice/core'
import type {
  ChatCompletionContentPart,
  ChatCompletionMessageParam,
  ChatCompletionMessageToolCall,
} from '@sluice/core/wire'
import { resultMessages, textOfParts, type ResultOf } from './tool-results.ts'

/** Words of a message: a text, or parts. */
export type Content = string | ChatCompletionContentPart[]

/** A call of a tool, as the history has it. */
export interface HistoryCall {
  readonly id: string
  readonly name: string
  /** JSON text. */
  readonly arguments: string
  /** What else the call has in chat. */
  readonly fields?: Readonly<Record<string, unknown>> | undefined
}

interface Call extends HistoryCall {
  result?: Content
}

interface Turn {
  content?: Content
  thoughts: string
  readonly calls: Call[]
}

interface Result {
  readonly id: string
  readonly content: Content
  /** Where it stands in the input, if it must have a call. */
  readonly boundAt: string | undefined
  isTaken: boolean
}

/**
 * Calls of one turn under one id, or results that came before their calls; used up from the front.
 */
interface Queue<Item> {
  readonly turn: Turn | undefined
  readonly items: Item[]
  next: number
}

type Entry =
  | { readonly message: ChatCompletionMessageParam }
  | { readonly turn: Turn }
  | { readonly result: Result }

/**
 * Messages being gathered, in the order that chat demands. Thoughts, words and calls of one turn
 * are items of their own in Responses, and one message in chat.
 * A call's result stands wherever the client put it there, and directly behind the call here: a
 * call without one gets a line that says so. A result without a call is refused, as OpenAI does,
 * or told by the user where it can stand alone. Ids that come twice are made different, because
 * vendors tell calls apart by them.
 */
export class Conversation {
  readonly #holdsMedia: boolean
  readonly #entries: Entry[] = []
  readonly #waiting = new Map<string, Queue<Call>>()
  readonly #early = new Map<string, Queue<Result>>()
  readonly #called = new Set<string>()
  readonly #ids = new Map<string, number>()
  #turn: Turn | undefined

  /** With `holdsMedia`, results may hold pictures and files; else those follow as the user's. */
  constructor(holdsMedia: boolean) {
    this.#holdsMedia = holdsMedia
  }

  add(message: ChatCompletionMessageParam): void {
    this.#turn = undefined
    this.#entries.push({ message })
  }

  addSaid(content: Content): void {
    if (content.length === 0) return
    // Words after words are a message of their own; so are words after calls, which must stand in
    // front of their results.
    if (
      this.#turn !== undefined &&
      (this.#turn.content !== undefined || this.#turn.calls.length > 0)
    )
      this.#turn = undefined
    this.#open().content = content
  }

  addCall(asked: HistoryCall): void {
    const turn = this.#open()
    const call: Call = { ...asked }
    turn.calls.push(call)
    this.#called.add(call.id)
    const early = take(this.#early.get(call.id))
    if (early !== undefined) {
      early.isTaken = true
      call.result = early.content
      return
    }
    const waiting = this.#waiting.get(call.id)
    // A later turn that uses an id again is who its result belongs to.
    if (waiting?.turn === turn) waiting.items.push(call)
    else this.#waiting.set(call.id, { turn, items: [call], next: 0 })
  }

  /** With `boundAt`, its place in the input, it is refused where its call is missing. */
  addResult(id: string, content: Content, boundAt?: string): void {
    this.#turn = undefined
    const call = take(this.#waiting.get(id))
    if (call !== undefined) {
      call.result = content
      return
    }
    const result: Result = { id, content, boundAt, isTaken: false }
    this.#entries.push({ result })
    const early = this.#early.get(id)
    if (early === undefined) this.#early.set(id, { turn: undefined, items: [result], next: 0 })
    else early.items.push(result)
  }

  addThoughts(thoughts: string): void {
    if (thoughts === '') return
    if (this.#turn?.content !== undefined && this.#turn.calls.length === 0) this.#turn = undefined
    const turn = this.#open()
    turn.thoughts += turn.thoughts === '' ? thoughts : `\n\n${thoughts}`
  }

  /** @throws ApiError 400 for a result without its call */
  messages(): ChatCompletionMessageParam[] {
    const messages: ChatCompletionMessageParam[] = []
    for (const entry of this.#entries) {
      if ('message' in entry) messages.push(entry.message)
      else if ('turn' in entry)
        for (const message of this.#messagesOf(entry.turn)) messages.push(message)
      else if (!entry.result.isTaken) messages.push(this.#orphan(entry.result))
    }
    return messages
  }

  #orphan(result: Result): ChatCompletionMessageParam {
    const { id, boundAt } = result
    if (boundAt === undefined || this.#called.has(id)) return toldByUser(result)
    const message = `No tool call found for the output with call_id '${id.slice(0, 64)}'.`
    throw new ApiError('invalid_value', { message, param: `${boundAt}.call_id` })
  }

  #open(): Turn {
    if (this.#turn === undefined) {
      this.#turn = { calls: [], thoughts: '' }
      this.#entries.push({ turn: this.#turn })
    }
    return this.#turn
  }

  #messagesOf({ content, thoughts, calls }: Turn): ChatCompletionMessageParam[] {
    // Thoughts that led to nothing are nothing to go on from.
    if (content === undefined && calls.length === 0) return []
    const results: ResultOf[] = []
    const asked: ChatCompletionMessageToolCall[] = []
    for (const call of calls) {
      const id = this.#uniqueId(call.id)
      const named = { name: call.name, arguments: call.arguments }
      asked.push({ id, type: 'function', function: named, ...call.fields })
      results.push({ id, name: call.name, content: call.result })
    }
    return [
      {
        role: 'assistant',
        content: content ?? null,
        ...(thoughts === '' ? {} : { reasoning_content: thoughts }),
        ...(asked.length === 0 ? {} : { tool_calls: asked }),
      },
      ...resultMessages(results, this.#holdsMedia),
    ]
  }

  #uniqueId(id: string): string {
    let count = this.#ids.get(id) ?? 0
    let unique = id
    while (this.#ids.has(unique)) unique = `${id}_${++count + 1}`
    this.#ids.set(id, count)
    if (unique !== id) this.#ids.set(unique, 0)
    return unique
  }
}

function take<Item>(queue: Queue<Item> | undefined): Item | undefined {
  return queue?.items[queue.next++]
}

/** What a call gave that stands alone, or once more: the model can still read it. */
function toldByUser({ id, content }: Result): ChatCompletionMessageParam {
  const said = `The tool call ${id} gave:`
  if (typeof content === 'string') return { role: 'user', content: `${said}\n${content}` }
  const media = content.filter(({ type }) => type !== 'text')
  const text = `${said}\n${textOfParts(content)}`
  return { role: 'user', content: media.length === 0 ? text : [{ type: 'text', text }, ...media] }
}
