import type { Batch } from '@sluice/core'
import { byteLengthOf } from '@sluice/core/internal'
import type { ChatCompletionDelta } from '@sluice/core/wire'
import { textTokens } from './estimate-tokens.ts'

/**
 * Counts what was handed on to a caller, for an answer that ends without usage: cut, abandoned, or
 * of a vendor that does not say. While the answer runs this adds up lengths and nothing more; only
 * when asked does it take one batch apart, and infers the rest from the size of its events, which
 * hardly differ within one stream. Holds on to one batch, of the later half of the stream. Were it
 * the latest, each would outlive the turn that brought it, and have to be collected from among what
 * is old.
 */
export class StreamedTokenEstimate {
  #bytes = 0
  /** So many bytes in all make a batch the next sample. */
  #sampleAt = 0
  #sample: Batch | undefined

  add(batch: Batch): void {
    if (batch.framing === 'binary') return
    if (batch.framing === 'events') {
      const length = byteLengthOf(batch)
      if (length === 0) return
      this.#bytes += length
      if (this.#bytes < this.#sampleAt) return
      this.#sampleAt = this.#bytes * 2
    }
    this.#sample = batch
  }

  /** Tokens handed on so far; each event of a stream counts as one at least. */
  count(): number {
    const sample = this.#sample
    if (sample === undefined) return 0
    const events = sample.chunks()
    let tokens = 0
    for (const event of events) tokens += tokensOf(event)
    if (sample.framing === 'document')
      return events.length > 0 ? tokens : tokensOf(sample.document())
    return Math.ceil((Math.max(tokens, events.length) * this.#bytes) / byteLengthOf(sample))
  }
}

/** Only the fields that text is streamed in, of all operations. */
interface Event {
  readonly choices?: readonly {
    readonly delta?: Partial<ChatCompletionDelta>
    readonly text?: unknown
  }[]
  readonly delta?: unknown
  /** Gemini's. */
  readonly candidates?: unknown
  /** A message's blocks. */
  readonly content?: unknown
}

/** One of Gemini's, as its vendor sent it. */
interface Candidate {
  readonly content?: { readonly parts?: unknown } | null
}

interface Part {
  readonly text?: unknown
  readonly functionCall?: { readonly args?: unknown } | null
}

/** The fields that a message's blocks and deltas have their text in. */
interface Said {
  readonly text?: unknown
  readonly thinking?: unknown
  readonly partial_json?: unknown
}

function tokensOf(event: unknown): number {
  const { choices = [], delta, candidates, content: blocks } = (event ?? {}) as Event
  let tokens = tokensIn(delta) + tokensSaid(delta)
  for (const block of Array.isArray(blocks) ? (blocks as unknown[]) : [])
    tokens += tokensSaid(block)
  for (const choice of choices) {
    const {
      content,
      reasoning_content: reasoning,
      refusal,
      tool_calls: calls = [],
    } = choice.delta ?? {}
    tokens += tokensIn(choice.text) + tokensIn(content) + tokensIn(reasoning) + tokensIn(refusal)
    for (const part of calls)
      tokens += tokensIn(part.function?.arguments) + tokensIn(part.custom?.input)
  }
  for (const candidate of listOf(candidates) as readonly (Candidate | null)[])
    for (const part of listOf(candidate?.content?.parts) as readonly (Part | null)[]) {
      const args = part?.functionCall?.args
      tokens += tokensIn(part?.text) + tokensIn(args && JSON.stringify(args))
    }
  return tokens
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function tokensIn(text: unknown): number {
  return typeof text === 'string' ? textTokens(text) : 0
}

function tokensSaid(said: unknown): number {
  if (typeof said !== 'object' || said === null) return 0
  const { text, thinking, partial_json: json } = said as Said
  return tokensIn(text) + tokensIn(thinking) + tokensIn(json)
}
