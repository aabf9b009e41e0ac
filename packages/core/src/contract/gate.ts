/**
 * Flow control for one call. RxJS cannot ask a source to wait, so whoever falls behind holds the
 * gate, and the source reads nothing more from its upstream until every hold is released.
 */
export interface Gate {
  /** False while anyone holds it. */
  readonly isOpen: boolean
  /** Closes the gate until the returned function is called. Calling that twice does nothing. */
  hold(): () => void
  /**
   * Calls back once, when the gate next opens; at once where it is open. Returns how to take that
   * back.
   */
  whenOpen(listener: () => void): () => void
  /**
   * Calls back once, when somebody next holds the gate; at once where it is held. Returns how to
   * take that back.
   */
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

/**
 * Who waits for one and the same thing; each is called once. Mostly it is one, for whom no list is
 * made: each stream has such.
 */
class Listeners {
  #one: Waiting | undefined
  #more: Set<Waiting> | undefined

  /** Calls back at once where it is so already. */
  add(listener: () => void, isSo: boolean): () => void {
    if (isSo) {
      listener()
      return () => {}
    }
    const own = new Waiting(listener)
    if (this.#one?.listener === undefined) this.#one = own
    else (this.#more ??= new Set()).add(own)
    return () => {
      own.listener = undefined
      this.#more?.delete(own)
    }
  }

  call(): void {
    const one = this.#one
    const more = this.#more
    this.#one = undefined
    this.#more = undefined
    one?.listener?.()
    if (more !== undefined) for (const { listener } of more) listener?.()
  }
}

/** Somebody who waits, until it is taken back: the same function may wait twice. */
class Waiting {
  listener: (() => void) | undefined

  constructor(listener: () => void) {
    this.listener = listener
  }
}

/** Makes an open gate. */
export function createGate(): Gate {
  return new HeldGate()
}
