import { isObservable, Observable, Subscriber, type Observer } from 'rxjs'
import { bodyBytesOf, type AnyCall } from './call.ts'
import type { Handler } from './handler.ts'
import type { Interceptor } from './interceptor.ts'

// Registered, so that two copies of this package in one dependency tree know each other's stages.
const OWN: unique symbol = Symbol.for('sluice.own')

/**
 * Marks a stage of this project's: its observers catch what they throw, and need no guard around
 * them.
 */
export function markOwn<I extends Interceptor>(interceptor: I): I {
  return Object.defineProperty(interceptor, OWN, { value: true })
}

/** Whether a stage is this project's. */
export function isOwn(interceptor: Interceptor): boolean {
  return OWN in interceptor
}

/**
 * Asks an interceptor of a host or of somebody else. What it observes with throws where RxJS can
 * only throw again with nobody above, which would end the process: here it fails the call, and
 * closes its upstream.
 */
export function askForeign(
  interceptor: Interceptor,
  call: AnyCall,
  next: Handler,
): Observable<unknown> {
  // Params that came as bytes go on as these bytes: a change in place would do nothing, so it
  // throws.
  if (bodyBytesOf(call) !== undefined) deepFreeze(call.params)
  const border = new Border()
  const answer: unknown = interceptor.intercept(call, (inner) => new Guarded(next(inner), border))
  // Whoever asked finds out that it is none, and says so.
  if (!isObservable(answer)) return answer as Observable<unknown>
  return new Observable((subscriber) => {
    border.open(subscriber)
    return answer.subscribe(subscriber)
  })
}

/** Freezes what a body was parsed to, whose depth the surface has bounded. */
function deepFreeze(value: object): void {
  if (Object.isFrozen(value)) return
  Object.freeze(value)
  for (const item of Object.values(value) as unknown[]) {
    if (typeof item === 'object' && item !== null) deepFreeze(item)
  }
}

/** Where the failures of one call's foreign observers go. */
class Border {
  #subscriber: Subscriber<unknown> | undefined

  open(subscriber: Subscriber<unknown>): void {
    this.#subscriber = subscriber
  }

  fail(error: unknown): void {
    this.#subscriber?.error(error)
  }
}

type Listener<T> = Partial<Observer<T>> | ((value: T) => void) | null

/** An answer whose plain observers are guarded. Operators are none: they catch by themselves. */
class Guarded<T> extends Observable<T> {
  readonly #border: Border

  constructor(answer: Observable<T>, border: Border) {
    super((subscriber) => answer.subscribe(subscriber))
    this.#border = border
  }

  override subscribe(
    listener?: Listener<T>,
    onError?: ((error: unknown) => void) | null,
    onComplete?: (() => void) | null,
  ): ReturnType<Observable<T>['subscribe']> {
    if (listener instanceof Subscriber || isSubscriber(listener)) return super.subscribe(listener)
    const observer: Partial<Observer<T>> =
      typeof listener === 'function' || listener === undefined || listener === null
        ? { ...(listener ? { next: listener } : {}), error: onError!, complete: onComplete! }
        : listener
    const guard = (tell: () => void) => {
      try {
        tell()
      } catch (error) {
        this.#border.fail(error)
        subscription.unsubscribe()
      }
    }
    const subscription = new Subscriber<T>({
      next: (value: T) => guard(() => observer.next?.(value)),
      // Without one RxJS throws the failure where nobody can catch it.
      error: (error: unknown) =>
        observer.error ? guard(() => observer.error!(error)) : this.#border.fail(error),
      complete: () => guard(() => observer.complete?.()),
    })
    super.subscribe(subscription)
    return subscription
  }
}

/** A stage's own object, which RxJS takes for its subscriber as it is. */
function isSubscriber(listener: unknown): listener is Subscriber<never> {
  const one = listener as
    | { add?: unknown; remove?: unknown; unsubscribe?: unknown }
    | null
    | undefined
  return (
    typeof one?.add === 'function' &&
    typeof one.remove === 'function' &&
    typeof one.unsubscribe === 'function'
  )
}
