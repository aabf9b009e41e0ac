import type { ChatCompletionChunk, Gate } from '@sluice/core'
import { EventBatch, type LendingBatch, type Loan } from '@sluice/sse-stream'
import type { EnvelopeTemplate } from './envelope-template.ts'
import type { Stamp } from './stamp.ts'
import type { WriteMemory } from './write-memory.ts'

/** A slice of a stored stream, with the id and time of this replay. It is only put together when somebody looks at it, or in borrowed memory when it is written. */
export class ReplayedEvents implements LendingBatch {
  readonly framing = 'events'
  readonly contentType = undefined
  readonly usage = undefined
  readonly gate: Gate
  readonly #template: EnvelopeTemplate
  readonly #slice: number
  readonly #stamp: Stamp
  readonly #memory: WriteMemory
  #own: EventBatch | undefined

  constructor(template: EnvelopeTemplate, slice: number, stamp: Stamp, gate: Gate, memory: WriteMemory) {
    this.#template = template
    this.#slice = slice
    this.#stamp = stamp
    this.gate = gate
    this.#memory = memory
  }

  get byteLength(): number {
    return this.#template.lengthOf(this.#slice)
  }

  get bytes(): Uint8Array {
    return this.#batch().bytes
  }

  lend(tail: Uint8Array): Loan | undefined {
    if (this.#own !== undefined) return undefined
    const length = this.byteLength
    const block = this.#memory.borrow(length + tail.length)
    if (block === undefined) return undefined
    this.#template.stampInto(block.bytes, block.view, this.#stamp, this.#slice)
    block.bytes.set(tail, length)
    let isOut = true
    const giveBack = (error?: Error | null) => {
      if (isOut && (error === undefined || error === null)) this.#memory.giveBack(block)
      isOut = false
    }
    return { bytes: block.bytes.subarray(0, length + tail.length), giveBack }
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
    return (this.#own ??= new EventBatch(this.#template.stamped(this.#stamp, this.#slice), this.gate))
  }
}
