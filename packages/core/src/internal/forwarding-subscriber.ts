import type { Observer, SubscriptionLike, TeardownLogic } from 'rxjs'

/**
 * What a stage puts between the answer below it and whoever asked: the subscriber of the one and
 * the subscription of the other, in one object.
 *
 * RxJS takes an observer that is a subscription too for its own `Subscriber`, and hands it the
 * source's teardown. Around any other observer it puts a subscriber, a guard and an array of
 * teardowns: three objects for each stage of each call. The array costs more than its making. V8
 * allocates what an array or object literal makes in old space once it has seen a thousand of them
 * live long, as those of open streams do; there they keep all they refer to, whole finished
 * requests, until the next full collection (with 3,000 streams open a request cost twice as much).
 * So what refers to a call is made by `new`, here and elsewhere on its way.
 *
 * @example
 * new Observable((subscriber) => {
 *   const stage = new MyStage(subscriber)
 *   subscriber.add(stage)
 *   next(call).subscribe(stage)
 * })
 */
export abstract class ForwardingSubscriber<In> implements Observer<In>, SubscriptionLike {
  /** Whether it has been unsubscribed from, or its source has ended. */
  closed = false
  #hasEnded = false
  #teardown: TeardownLogic = undefined
  /** More than one teardown is for those who put operators of their own in between. */
  #further: Set<TeardownLogic> | undefined = undefined

  next(value: In): void {
    if (!this.#hasEnded) this.onNext(value)
  }

  error(error: unknown): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    try {
      this.onError(error)
    } finally {
      this.unsubscribe()
    }
  }

  complete(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    try {
      this.onComplete()
    } finally {
      this.unsubscribe()
    }
  }

  /** Ends the source, once, and then the stage: after the source's own end too. */
  unsubscribe(): void {
    if (this.closed) return
    this.closed = true
    this.#hasEnded = true
    const teardown = this.#teardown
    const further = this.#further
    this.#teardown = undefined
    this.#further = undefined
    try {
      run(teardown)
      if (further !== undefined) for (const one of further) run(one)
    } finally {
      this.onEnd()
    }
  }

  /** What is to run at the end; at once where that has been. */
  add(teardown: TeardownLogic): void {
    if (!teardown) return
    if (this.closed) run(teardown)
    else if (this.#teardown === undefined) this.#teardown = teardown
    else (this.#further ??= new Set()).add(teardown)
  }

  /** Takes back what was added. */
  remove(teardown: TeardownLogic): void {
    if (this.#teardown === teardown) this.#teardown = undefined
    else this.#further?.delete(teardown)
  }

  /** What the source emits; nothing after its end. */
  protected abstract onNext(value: In): void
  /** The source failed. */
  protected abstract onError(error: unknown): void
  /** The source is complete. */
  protected abstract onComplete(): void

  /** Runs last and once, at whichever end. */
  protected onEnd(): void {}
}

function run(teardown: TeardownLogic): void {
  if (typeof teardown === 'function') teardown()
  else if (teardown) teardown.unsubscribe()
}
