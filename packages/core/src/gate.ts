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
  /** Calls back once, when somebody next holds the gate; at once where it is held. Returns how to take that back. */
  whenHeld(listener: () => void): () => void
}

class HeldGate implements Gate {
  #holds = 0
  readonly #opening = new Listeners()
  readonly #holding = new Listeners()

  get isOpen(): boolean {
    return this.#holds === 0
  }

  hold(): () => void {
    let held = true
    if (++this.#holds === 1) this.#holding.call()
    return () => {
      if (!held) return
      held = false
      if (--this.#holds === 0) this.#opening.call()
    }
  }

  whenOpen(listener: () => void): () => void {
    return this.#opening.add(listener, this.isOpen)
  }

  whenHeld(listener: () => void): () => void {
    return this.#holding.add(listener, !this.isOpen)
  }
}

/** Who waits for one and the same thing; each is called once. */
class Listeners {
  #waiting: Set<() => void> | undefined

  /** Calls back at once where it is so already. */
  add(listener: () => void, isSo: boolean): () => void {
    if (isSo) {
      listener()
      return () => {}
    }
    // A listener of its own: the same function may wait twice.
    const own = () => listener()
    this.#waiting = (this.#waiting ?? new Set()).add(own)
    return () => this.#waiting?.delete(own)
  }

  call(): void {
    const waiting = this.#waiting
    if (waiting === undefined) return
    this.#waiting = undefined
    for (const listener of waiting) listener()
  }
}

/** Makes an open gate. */
export function createGate(): Gate {
  return new HeldGate()
}
