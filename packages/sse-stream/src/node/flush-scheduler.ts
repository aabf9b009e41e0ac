// The module's own: a host's tests may put another in place of the global one.
import { setImmediate } from 'node:timers'

function nothing(): void {}

/**
 * The end of a turn of the event loop, when all that its sockets brought has been read: what
 * answers have to say leaves then, one after another. A client that waits for several of them is
 * woken once and not for each, which costs as much as writing, and code that reads does not take
 * turns with code that writes.
 */
export class FlushScheduler {
  /**
   * What is due from `#from` to `#end`. The array is used again as it is: emptied, it would be made
   * anew each turn.
   */
  readonly #due: (() => void)[] = []
  #from = 0
  #end = 0

  /** Does `work` at the end of this turn; where that is now, behind what is being done. */
  add(work: () => void): void {
    if (this.#end === 0) setImmediate(this.#run)
    this.#due[this.#end++] = work
  }

  readonly #run = (): void => {
    const due = this.#due
    try {
      while (this.#from < this.#end) {
        const work = due[this.#from]!
        due[this.#from++] = nothing
        work()
      }
      this.#from = 0
      this.#end = 0
    } finally {
      // What one of them throws ends the process or is caught by the host; the others are owed
      // their turn.
      if (this.#end > 0) setImmediate(this.#run)
    }
  }
}
