// The module's own: a host's tests may put another in place of the global one.
import { setImmediate } from 'node:timers'

/**
 * The end of a turn of the event loop, when all that its sockets brought has been read: what answers have to say leaves then, one after another. A client that waits
 * for several of them is woken once and not for each, which costs as much as writing, and code that reads does not take turns with code that writes.
 */
export class TurnEnd {
  readonly #due: (() => void)[] = []

  /** Does `work` at the end of this turn; where that is now, behind what is being done. */
  add(work: () => void): void {
    if (this.#due.push(work) === 1) setImmediate(this.#run)
  }

  readonly #run = (): void => {
    const due = this.#due
    let at = 0
    try {
      while (at < due.length) due[at++]!()
    } finally {
      // What one of them throws ends the process or is caught by the host; the others are owed their turn.
      due.splice(0, at)
      if (due.length > 0) setImmediate(this.#run)
    }
  }
}
