import { isObject } from '../../vendor-spec/json.ts'

/** What is told of calls. */
export interface MessageCallsOwner {
  /** Opens a block for a call and returns its number. */
  begin(call: MessageCall): number
  grow(call: MessageCall, json: string): void
  end(call: MessageCall): void
}

/** A call of a tool on its way. */
export class MessageCall {
  readonly id: string | undefined
  readonly name: string
  /** The number of its block; -1 while it waits. */
  block = -1
  isOver = false
  json = ''

  constructor(id: string | undefined, name: string) {
    this.id = id
    this.name = name
  }

  /** Whether nothing is missing from its arguments. */
  get isWhole(): boolean {
    return this.#parsed() !== undefined
  }

  /** Returns its arguments as the object that a message has in the place. */
  input(): Readonly<Record<string, unknown>> {
    if (this.json.trim() === '') return {}
    const parsed = this.#parsed()
    if (parsed === undefined) return { arguments: this.json }
    return isObject(parsed.value) ? parsed.value : { arguments: parsed.value }
  }

  #parsed(): { readonly value: unknown } | undefined {
    try {
      return { value: JSON.parse(this.json) }
    } catch {
      return undefined
    }
  }
}

/**
 * Keeps the calls of an answer apart: one is told at a time, and the next when the arguments of the
 * one before are whole or the answer is at its end.
 */
export class MessageCalls {
  readonly #owner: MessageCallsOwner
  readonly #calls = new Map<number, MessageCall>()
  #open: MessageCall | undefined

  constructor(owner: MessageCallsOwner) {
    this.#owner = owner
  }

  get count(): number {
    return this.#calls.size
  }

  add(
    index: number,
    more: {
      readonly id: string | undefined
      readonly name: string | undefined
      readonly json: string
    },
  ): void {
    let call = this.#calls.get(index)
    if (call === undefined) {
      call = new MessageCall(more.id, more.name ?? '')
      this.#calls.set(index, call)
    }
    if (call.isOver) return
    call.json += more.json
    if (call === this.#open) {
      if (more.json !== '') this.#owner.grow(call, more.json)
    } else if (this.endOpen()) this.#begin(call)
  }

  /** Ends the call that is being told if it is whole; false where it is not. */
  endOpen(): boolean {
    if (this.#open === undefined) return true
    if (!this.#open.isWhole) return false
    this.#end(this.#open)
    return true
  }

  /** Tells what is left. */
  end(): void {
    if (this.#open !== undefined) this.#end(this.#open)
    for (const call of this.#calls.values()) {
      if (call.isOver) continue
      this.#begin(call)
      this.#end(call)
    }
  }

  #begin(call: MessageCall): void {
    this.#open = call
    call.block = this.#owner.begin(call)
    if (call.json !== '') this.#owner.grow(call, call.json)
  }

  #end(call: MessageCall): void {
    this.#open = undefined
    call.isOver = true
    this.#owner.end(call)
  }
}
