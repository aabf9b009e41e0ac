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
 * call without one gets a line that says so, a result without a
 * call is told by the user. Ids that come twice are made different, because vendors tell calls
 * apart by them.
 */
export class Conversation {
  readonly #holdsMedia: boolean
  readonly #entries: Entry[] = []
  readonly #waiting = new Map<string, Queue<Call>>()
  readonly #early = new Map<string, Queue<Result>>()
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

  addResult(id: string, content: Content): void {
    this.#turn = undefined
    const call = take(this.#waiting.get(id))
    if (call !== undefined) {
      call.result = content
      return
    }
    const result: Result = { id, content, isTaken: false }
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

  messages(): ChatCompletionMessageParam[] {
    const messages: ChatCompletionMessageParam[] = []
    for (const entry of this.#entries) {
      if ('message' in entry) messages.push(entry.message)
      else if ('turn' in entry)
        for (const message of this.#messagesOf(entry.turn)) messages.push(message)
      else if (!entry.result.isTaken) messages.push(orphan(entry.result))
    }
    return messages
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

/**
 * What a call gave that nobody knows of any more, because a client has cut the history short: the
 * model can still read it.
 */
function orphan({ id, content }: Result): ChatCompletionMessageParam {
  const said = `The tool call ${id} gave:`
  if (typeof content === 'string') return { role: 'user', content: `${said}\n${content}` }
  const media = content.filter(({ type }) => type !== 'text')
  const text = `${said}\n${textOfParts(content)}`
  return { role: 'user', content: media.length === 0 ? text : [{ type: 'text', text }, ...media] }
}
