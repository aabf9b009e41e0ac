import { createHash } from 'node:crypto'
import type { ChatCompletionMessageParam } from '@sluice/core/wire'
import type { MessageRules } from '../openai-compatible-spec.ts'

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

/**
 * Ids of calls in a form that a vendor takes: the same id always becomes the same, and two never
 * one in a request.
 */
export class CallIds {
  readonly #rules: NonNullable<MessageRules['callIds']>
  readonly #given = new Map<string, string>()
  readonly #taken = new Set<string>()

  constructor(rules: NonNullable<MessageRules['callIds']>) {
    this.#rules = rules
  }

  /** A message with its ids replaced; the same message where all of them fit. */
  encode(message: ChatCompletionMessageParam): ChatCompletionMessageParam {
    const { tool_calls: calls, tool_call_id: result } = message
    let own = message
    if (typeof result === 'string' && this.#idOf(result) !== result)
      own = { ...own, tool_call_id: this.#idOf(result) }
    if (
      Array.isArray(calls) &&
      calls.some(({ id }) => typeof id === 'string' && this.#idOf(id) !== id)
    ) {
      const fitting = calls.map((call) =>
        typeof call.id === 'string' ? { ...call, id: this.#idOf(call.id) } : call,
      )
      own = { ...own, tool_calls: fitting }
    }
    return own
  }

  #idOf(id: string): string {
    if (this.#rules.fits.test(id)) return id
    const given = this.#given.get(id)
    if (given !== undefined) return given
    let made: string
    let round = 0
    do made = lettersOf(`${round++}${id}`, this.#rules.length)
    while (this.#taken.has(made))
    this.#taken.add(made)
    this.#given.set(id, made)
    return made
  }
}

function lettersOf(id: string, length: number): string {
  const hash = createHash('sha512').update(id).digest()
  return Array.from(hash.subarray(0, length), (byte) => LETTERS[byte % LETTERS.length]).join('')
}
