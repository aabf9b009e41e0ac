/** Shapes kept at a time: a provider's streams, and its whole answers, have a handful. */
const MAX_SHAPES = 8
/**
 * Shapes that may be learned beyond what fitted one. Whose answers are all of a kind of their own
 * is not learned from for ever.
 */
const MAX_IN_VAIN = 64

/** The shapes learned last, for as long as learning pays. */
export class RecentShapes<Shape> {
  shapes: readonly Shape[] = []
  #inVain = 0

  /** Whether there is still anything to be learned. */
  get isLearning(): boolean {
    return this.#inVain < MAX_IN_VAIN
  }

  /** One of them fitted. */
  fitted(): void {
    if (this.#inVain > 0) this.#inVain--
  }

  add(shape: Shape): void {
    this.#inVain++
    this.shapes = this.isLearning ? [shape, ...this.shapes].slice(0, MAX_SHAPES) : []
  }
}
