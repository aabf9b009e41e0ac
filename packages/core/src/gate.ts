/**
 * Flow control for one call. RxJS cannot ask a source to wait, so whoever falls behind holds the gate, and the source reads
 * nothing more from its upstream until every hold is released.
 */
export interface Gate {
  /** False while anyone holds it. */
  readonly isOpen: boolean
  /** Closes the gate until the returned function is called. Calling that twice does nothing. */
  hold(): () => void
  /** Calls back once, when the gate next opens; at once where it is open. Returns how to take that back. */
  whenOpen(listener: () => void): () => void
}

class HeldGate implements Gate {
  #holds = 0
  #waiting: (() => void)[] = []

  get isOpen(): boolean {
    return this.#holds === 0
  }

  hold(): () => void {
    this.#holds++
    let held = true
    return () => {
      if (!held) return
      held = false
      if (--this.#holds === 0 && this.#waiting.length > 0) {
        const waiting = this.#waiting
        this.#waiting = []
        for (const listener of waiting) listener()
      }
    }
  }

  whenOpen(listener: () => void): () => void {
    if (this.#holds === 0) {
      listener()
      return () => {}
    }
    this.#waiting.push(listener)
    return () => {
      const at = this.#waiting.indexOf(listener)
      if (at >= 0) this.#waiting.splice(at, 1)
    }
  }
}

/** Makes an open gate. */
export function createGate(): Gate {
  return new HeldGate()
}
