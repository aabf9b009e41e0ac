import type { Batch, ChatCompletionChunk } from '@sluice/core'
import { textTokens } from './estimate-tokens.ts'

/**
 * Counts what was handed on to a caller, for an answer that ends without usage: cut, abandoned, or of a vendor that
 * does not say. While the answer runs this adds up lengths and nothing more; only when asked does it take one batch
 * apart, and infers the rest from the size of its events, which hardly differ within one stream. Holds on to one batch.
 */
export class RelayedTokens {
  #bytes = 0
  #sample: Batch | undefined

  add(batch: Batch): void {
    if (batch.framing === 'binary') return
    if (batch.framing === 'events') {
      const { length } = batch.bytes
      if (length === 0) return
      this.#bytes += length
    }
    this.#sample = batch
  }

  /** Tokens handed on so far; each event of a stream counts as one at least. */
  count(): number {
    const sample = this.#sample
    if (sample === undefined) return 0
    const chunks = sample.chunks() as readonly Partial<ChatCompletionChunk>[]
    let tokens = 0
    for (const chunk of chunks) tokens += tokensOf(chunk)
    if (sample.framing === 'document') return tokens
    return Math.ceil((Math.max(tokens, chunks.length) * this.#bytes) / sample.bytes.length)
  }
}

function tokensOf(chunk: Partial<ChatCompletionChunk>): number {
  let tokens = 0
  for (const { delta } of chunk.choices ?? []) {
    for (const text of [delta.content, delta.reasoning_content, delta.refusal]) if (text) tokens += textTokens(text)
    for (const part of delta.tool_calls ?? []) tokens += textTokens(part.function?.arguments ?? '')
  }
  return tokens
}
