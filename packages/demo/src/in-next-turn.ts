import type { Clock } from '@sluice/core'
import { Observable } from 'rxjs'

/**
 * An Observable that is made in a turn of the event loop of its own, so that what it takes to make
 * it adds to nobody else's wait.
 */
export function inNextTurn<T>(clock: Clock, make: () => Observable<T>): Observable<T> {
  return new Observable((subscriber) => {
    const timer = clock.setTimeout(() => {
      try {
        subscriber.add(make().subscribe(subscriber))
      } catch (error) {
        // Thrown out of a timer it would end the process.
        subscriber.error(error)
      }
    }, 0)
    return () => clock.clearTimeout(timer)
  })
}
