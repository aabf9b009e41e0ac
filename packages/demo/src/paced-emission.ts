import type { Batch, Clock, Gate, Timer } from '@sluice/core'
import { Observable, type Subscriber } from 'rxjs'

/** What is given out step by step. */
export interface PacedOptions<Piece, B extends Batch> {
  readonly clock: Clock
  readonly gate: Gate
  /** Steps a second; 0 is as fast as the gate lets. */
  readonly stepsPerSecond: number
  /** Made once for each subscription; never asked for a step before that step is due. */
  readonly steps: () => Iterator<readonly Piece[], unknown>
  readonly batch: (pieces: readonly Piece[]) => B
  /** What comes behind the steps. */
  readonly last: () => B
}

/** Pieces in one batch at the most, so that one turn never holds the process for long. */
const MAX_PIECES = 64

/**
 * Gives out steps at a steady pace, all that are due in one turn as one batch, the first at once.
 * While the gate is held, nothing is made and no timer runs; the pace goes on from where it stood.
 * Unsubscribing stops it.
 */
export function pacedEmission<Piece, B extends Batch>(
  options: PacedOptions<Piece, B>,
): Observable<B> {
  return new Observable((subscriber) => {
    const emission = new PacedEmission(options, subscriber)
    emission.turn()
    return () => emission.stop()
  })
}

class PacedEmission<Piece, B extends Batch> {
  readonly #options: PacedOptions<Piece, B>
  readonly #subscriber: Subscriber<B>
  readonly #steps: Iterator<readonly Piece[], unknown>
  readonly #intervalMs: number
  #dueMs: number
  #timer: Timer
  #stopWaiting: () => void = () => {}
  #ended = false

  constructor(options: PacedOptions<Piece, B>, subscriber: Subscriber<B>) {
    this.#options = options
    this.#subscriber = subscriber
    this.#steps = options.steps()
    this.#intervalMs = options.stepsPerSecond === 0 ? 0 : 1000 / options.stepsPerSecond
    this.#dueMs = options.clock.now()
  }

  readonly turn = (): void => {
    this.#timer = undefined
    try {
      this.#turn()
    } catch (error) {
      // Thrown out of a timer it would end the process.
      this.#subscriber.error(error)
    }
  }

  #turn(): void {
    const { gate, clock, batch } = this.#options
    if (!gate.isOpen) {
      this.#stopWaiting = gate.whenOpen(this.#reopened)
      return
    }
    const pieces = this.#take()
    if (pieces.length > 0) this.#subscriber.next(batch(pieces))
    if (this.#subscriber.closed) return
    if (this.#ended) this.#end()
    else this.#timer = clock.setTimeout(this.turn, Math.max(0, this.#dueMs - clock.now()))
  }

  stop(): void {
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer)
    this.#timer = undefined
    this.#stopWaiting()
  }

  readonly #reopened = (): void => {
    this.#dueMs = this.#options.clock.now()
    this.turn()
  }

  /** The pieces of the steps that are due, one step at least. */
  #take(): Piece[] {
    const now = this.#options.clock.now()
    const pieces: Piece[] = []
    do {
      const step = this.#steps.next()
      if (step.done === true) {
        this.#ended = true
        break
      }
      pieces.push(...step.value)
      this.#dueMs += this.#intervalMs
    } while (this.#dueMs <= now && pieces.length < MAX_PIECES)
    return pieces
  }

  /** The last batch obeys the gate like the others. */
  #end(): void {
    this.#stopWaiting = this.#options.gate.whenOpen(() => {
      this.#subscriber.next(this.#options.last())
      this.#subscriber.complete()
    })
  }
}
