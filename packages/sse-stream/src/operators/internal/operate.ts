import { Observable, Subject, takeUntil, type OperatorFunction, type Subscriber } from 'rxjs'

/**
 * What an operator does with its source's notifications. What a method throws goes downstream as an
 * error.
 */
export interface OperatorHooks<In> {
  next(value: In): void
  /** @defaultValue hands the error on */
  error?(error: unknown): void
  /** @defaultValue completes */
  complete?(): void
  /** Called once, however it ends, when the source has been let go. */
  teardown?(): void
}

/**
 * An operator from its stage. The source is unsubscribed the moment the subscriber is done, also
 * while it still emits inside `subscribe`; nothing reaches the stage afterwards.
 */
export function operate<In, Out>(
  connect: (subscriber: Subscriber<Out>) => OperatorHooks<In>,
): OperatorFunction<In, Out> {
  return (source) =>
    new Observable<Out>((subscriber) => {
      const stage = connect(subscriber)
      const closed = new Subject<void>()
      subscriber.add(() => {
        closed.next()
        stage.teardown?.()
      })
      source.pipe(takeUntil(closed)).subscribe({
        next(value) {
          if (subscriber.closed) return
          try {
            stage.next(value)
          } catch (error) {
            subscriber.error(error)
          }
        },
        error(error: unknown) {
          if (stage.error === undefined) subscriber.error(error)
          else attempt(subscriber, () => stage.error?.(error))
        },
        complete() {
          if (subscriber.closed) return
          if (stage.complete === undefined) subscriber.complete()
          else attempt(subscriber, () => stage.complete?.())
        },
      })
    })
}

function attempt(subscriber: Subscriber<unknown>, step: () => void): void {
  try {
    step()
  } catch (error) {
    subscriber.error(error)
  }
}
