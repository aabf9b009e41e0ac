import type { Batch, Gate, PooledBytes } from '@sluice/core'
import type { ChatCompletion, ChatCompletionChunk } from '@sluice/core/wire'
import { EventBatch, type BufferPool } from '@sluice/sse-stream/internal'
import type { EnvelopeTemplate } from './envelope-template.ts'
import type { ReplayIdentity } from './replay-identity.ts'

/**
 * A slice of a stored stream, with the id and time of this replay. It is only put together when
 * somebody looks at it, or in memory used again when it is written.
 */
export class ReplayedEvents implements Batch<ChatCompletionChunk, ChatCompletion> {
  readonly framing = 'events'
  readonly contentType = undefined
  readonly usage = undefined
  readonly gate: Gate
  readonly #template: EnvelopeTemplate
  readonly #slice: number
  readonly #identity: ReplayIdentity
  readonly #buffers: BufferPool
  #own: EventBatch | undefined

  constructor(
    template: EnvelopeTemplate,
    slice: number,
    identity: ReplayIdentity,
    gate: Gate,
    buffers: BufferPool,
  ) {
    this.#template = template
    this.#slice = slice
    this.#identity = identity
    this.gate = gate
    this.#buffers = buffers
  }

  get byteLength(): number {
    return this.#template.lengthOf(this.#slice)
  }

  get bytes(): Uint8Array {
    return this.#batch().bytes
  }

  borrowBytes(): PooledBytes | undefined {
    return this.#own === undefined
      ? this.#template.lent(this.#identity, this.#slice, this.#buffers)
      : undefined
  }

  chunks(): readonly ChatCompletionChunk[] {
    return this.#batch().chunks()
  }

  text(): string {
    return this.#batch().text()
  }

  document(): undefined {
    return undefined
  }

  #batch(): EventBatch {
    return (this.#own ??= new EventBatch(
      this.#template.stamped(this.#identity, this.#slice),
      this.gate,
    ))
  }
}
