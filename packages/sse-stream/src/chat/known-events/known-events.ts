import type { ChunkAssembler } from '../chunk-assembler.ts'
import { EventShape, type LearnedEvent } from './event-shape.ts'
import { RecentShapes } from './recent-shapes.ts'

/** A longer event is one of a kind, most likely. */
const MAX_EVENT_BYTES = 2048

/**
 * The events that begin and end streams, remembered from the streams before: those of one provider
 * differ in id, time and text alone. An event that fits need not be parsed to be known, and goes on
 * as the one that it was learned from did: as it came, or in a frame of our own. For decoders
 * without state.
 */
export class KnownEvents {
  readonly #recent = new RecentShapes<EventShape>()

  /**
   * The shape of the event at `at`, where an answer that stood as this one does has had its like.
   */
  find(
    assembler: ChunkAssembler,
    view: DataView,
    bytes: Uint8Array,
    at: number,
  ): EventShape | undefined {
    const { progress } = assembler
    if (progress === 'other') return undefined
    for (const shape of this.#recent.shapes) {
      if (
        shape.standing !== progress ||
        !shape.match(view, bytes, at) ||
        !shape.fits(assembler, bytes)
      )
        continue
      this.#recent.fitted()
      return shape
    }
    return undefined
  }

  /** Remembers an event that became one chunk. */
  learn(learned: LearnedEvent): void {
    if (
      !this.#recent.isLearning ||
      learned.standing === 'other' ||
      learned.bytes.length > MAX_EVENT_BYTES
    )
      return
    const shape = EventShape.learn(learned)
    if (shape !== undefined) this.#recent.add(shape)
  }
}
