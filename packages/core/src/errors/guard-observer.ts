import type { Observer } from 'rxjs'

/**
 * Returns an observer that hands on what it is told and gives `fail` whatever that throws. RxJS
 * would throw it again in a timer, where it ends the process: for observers of our own that look
 * into what a vendor has sent.
 */
export function guardObserver<T>(
  observer: Observer<T>,
  fail: (error: unknown) => void,
): Observer<T> {
  const guard = (tell: () => void) => {
    try {
      tell()
    } catch (error) {
      fail(error)
    }
  }
  return {
    next: (value) => guard(() => observer.next(value)),
    error: (error) => guard(() => observer.error(error)),
    complete: () => guard(() => observer.complete()),
  }
}
