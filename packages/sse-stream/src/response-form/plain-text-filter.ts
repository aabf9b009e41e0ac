import type { Batch } from '@sluice/core'
import { BinaryBatch } from '../batch/binary-batch.ts'
import { isPlainText } from './response-form.ts'
import type { TextFilter } from './text-filter.ts'

const encoder = new TextEncoder()

/**
 * Filters an answer that is no JSON where it is text, as plain transcriptions and subtitles are;
 * sound goes through.
 */
export class PlainTextFilter {
  readonly #filter: TextFilter
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  #isText: boolean | undefined
  #last: Batch | undefined

  constructor(filter: TextFilter) {
    this.#filter = filter
  }

  /** What leaves for this; empty where all of it is held back. */
  next(batch: Batch): readonly Batch[] {
    this.#isText ??= isPlainText(batch)
    if (!this.#isText) return [batch]
    this.#last = batch
    const text = this.#decoder.decode(batch.bytes, { stream: true })
    const after = this.#filter.push(text)
    // The answer to silence is an empty text, and has to begin all the same.
    if (after === '' && batch.bytes.length > 0) return []
    const filtered = this.#batch(after, batch)
    return after === text && filtered.bytes.length === batch.bytes.length ? [batch] : [filtered]
  }

  /** What was held back. */
  end(): readonly Batch[] {
    if (this.#last === undefined) return []
    const text = this.#filter.push(this.#decoder.decode()) + this.#filter.end()
    return text === '' ? [] : [this.#batch(text, this.#last)]
  }

  #batch(text: string, { contentType = 'text/plain; charset=utf-8', gate }: Batch): Batch {
    return new BinaryBatch(encoder.encode(text), contentType, gate)
  }
}
