import type { ChatCompletionCreateParams, ChatCompletionMessageParam } from '@sluice/core/wire'
import { countTokens } from './count-tokens.ts'

/** As OpenAI frames messages: a few tokens for each, a few for the answer's beginning. */
const TOKENS_PER_MESSAGE = 3
const TOKENS_PER_ATTACHMENT = 85
const MAX_EXACT_CHARS = 500_000
const MAX_SCHEMA_NODES = 10_000
const MAX_SCHEMA_DEPTH = 64

/**
 * What a chat request costs before anything is answered: its texts, calls and tools by
 * `countTokens`, a flat price for each image, sound or file. Exact up to half a million characters,
 * estimated beyond.
 */
export function promptTokens(params: ChatCompletionCreateParams): number {
  const counter = new Counter()
  for (const message of params.messages) counter.addMessage(message)
  if (params.tools !== undefined && params.tools !== null) counter.addJson(params.tools)
  if (params.response_format?.type === 'json_schema')
    counter.addJson(params.response_format.json_schema)
  return counter.tokens + TOKENS_PER_MESSAGE
}

class Counter {
  tokens = 0
  #exactChars = MAX_EXACT_CHARS
  #nodes = MAX_SCHEMA_NODES

  addMessage(message: ChatCompletionMessageParam): void {
    this.tokens += TOKENS_PER_MESSAGE
    if (typeof message.content === 'string') this.#addText(message.content)
    else {
      for (const part of message.content ?? []) {
        if (part.type === 'text') this.#addText(part.text)
        else if (part.type === 'refusal') this.#addText(part.refusal)
        else this.tokens += TOKENS_PER_ATTACHMENT
      }
    }
    for (const { function: called } of message.tool_calls ?? []) {
      // Calls of other kinds than functions have none.
      if (called === undefined) continue
      this.#addText(called.name)
      this.#addText(called.arguments)
    }
  }

  /** Counts the names and texts in a value, as far as the budget reaches. */
  addJson(value: unknown, depth: number = 0): void {
    if (--this.#nodes < 0 || depth > MAX_SCHEMA_DEPTH) return
    if (typeof value === 'string') this.#addText(value)
    else if (typeof value !== 'object' || value === null) this.tokens++
    else {
      for (const key in value) {
        if (this.#nodes < 0) return
        if (!Array.isArray(value)) this.#addText(key)
        this.addJson((value as Readonly<Record<string, unknown>>)[key], depth + 1)
      }
    }
  }

  #addText(text: string): void {
    this.tokens += countTokens(text, this.#exactChars)
    this.#exactChars = Math.max(0, this.#exactChars - text.length)
  }
}
