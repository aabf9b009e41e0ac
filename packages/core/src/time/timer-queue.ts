import { systemClock, type Clock, type Timer } from './clock.ts'
import { createList, appendToList, removeFromList, type ListNode } from './linked-list.ts'

/** Empty queues that are kept: a few delays come again and again, others once. */
const MAX_QUEUES = 32

/**
 * A clock whose timers cost next to nothing while many run: those of one delay stand in a queue in
 * the order in which they end, and only the first has a timer of the clock below. Nearly all are
 * cleared before their time, as the deadlines of calls are. One of Node's timers for each costs ten
 * times as much (measured), and once thousands have lived long, as those of open streams do, Node's
 * keep the finished requests of others in memory until the next full collection.
 *
 * It has state, so whoever sets many timers makes one for itself. No timer below is left when the
 * last of a queue is cleared.
 */
export function timerQueue(clock: Clock = systemClock): Clock {
  return new QueuedClock(clock)
}

class QueuedClock implements Clock {
  readonly #clock: Clock
  readonly #queues = new Map<number, DelayQueue>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  now(): number {
    return this.#clock.now()
  }

  wall(): number {
    return this.#clock.wall()
  }

  setTimeout(callback: () => void, delayMs: number): Timer {
    let queue = this.#queues.get(delayMs)
    if (queue === undefined) {
      queue = new DelayQueue(this.#clock, delayMs)
      if (this.#queues.size >= MAX_QUEUES) this.#forgetEmpty()
      this.#queues.set(delayMs, queue)
    }
    return queue.add(callback)
  }

  clearTimeout(timer: Timer): void {
    if (timer instanceof QueuedTimer) timer.cancel()
  }

  #forgetEmpty(): void {
    for (const [delayMs, queue] of this.#queues) if (queue.isEmpty) this.#queues.delete(delayMs)
  }
}

/** Timers of one delay: who comes later ends later. */
class DelayQueue {
  readonly #clock: Clock
  readonly #delayMs: number
  /** Before the first and behind the last. */
  readonly #ends: QueuedTimer
  #timer: Timer
  /** When the timer below goes off. The one it was set for may have been cleared since. */
  #timerDueMs = 0

  constructor(clock: Clock, delayMs: number) {
    this.#clock = clock
    this.#delayMs = delayMs
    this.#ends = new QueuedTimer(this, undefined, Infinity)
    createList(this.#ends)
  }

  get isEmpty(): boolean {
    return this.#ends.next === this.#ends
  }

  add(callback: () => void): QueuedTimer {
    const alarm = new QueuedTimer(this, callback, this.#clock.now() + this.#delayMs)
    const isFirst = this.isEmpty
    appendToList(this.#ends, alarm)
    if (isFirst) this.#arm(alarm.dueMs, this.#delayMs)
    return alarm
  }

  /** One was taken out. */
  left(): void {
    if (!this.isEmpty || this.#timer === undefined) return
    this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #arm(dueMs: number, delayMs: number): void {
    this.#timerDueMs = dueMs
    this.#timer = this.#clock.setTimeout(this.#goOff, delayMs)
  }

  readonly #goOff = (): void => {
    this.#timer = undefined
    // A timer may go off a fraction of a millisecond before what the clock calls its time.
    const now = Math.max(this.#clock.now(), this.#timerDueMs)
    try {
      for (let first = this.#ends.next!; first.dueMs <= now; first = this.#ends.next!) first.goOff()
    } finally {
      const first = this.#ends.next!
      // What was called may have added to the empty queue, and so set the timer.
      if (first !== this.#ends && this.#timer === undefined)
        this.#arm(first.dueMs, Math.max(0, first.dueMs - this.#clock.now()))
    }
  }
}

class QueuedTimer implements ListNode<QueuedTimer> {
  readonly dueMs: number
  previous: QueuedTimer | undefined = undefined
  next: QueuedTimer | undefined = undefined
  readonly #queue: DelayQueue
  #callback: (() => void) | undefined

  constructor(queue: DelayQueue, callback: (() => void) | undefined, dueMs: number) {
    this.#queue = queue
    this.#callback = callback
    this.dueMs = dueMs
  }

  /** Does nothing the second time, nor once it has gone off. */
  cancel(): void {
    if (this.#callback === undefined) return
    this.#take()
    this.#queue.left()
  }

  goOff(): void {
    this.#take()?.()
  }

  /** Takes it out of its queue and gives what it was to call; afterwards it refers to nothing. */
  #take(): (() => void) | undefined {
    const callback = this.#callback
    this.#callback = undefined
    removeFromList<QueuedTimer>(this)
    return callback
  }
}
