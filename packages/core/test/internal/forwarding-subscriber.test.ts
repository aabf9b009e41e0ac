import {
  concat,
  map,
  NEVER,
  Observable,
  of,
  Subject,
  Subscriber,
  tap,
  throwError,
  type Observer,
} from 'rxjs'
import { describe, expect, it } from 'vitest'
import { ForwardingSubscriber } from '@sluice/core/internal'

class Noting extends ForwardingSubscriber<number> {
  readonly seen: unknown[] = []
  readonly #above: Partial<Observer<number>>

  constructor(above: Partial<Observer<number>> = {}) {
    super()
    this.#above = above
  }

  protected onNext(value: number): void {
    this.seen.push(value)
    this.#above.next?.(value)
  }

  protected onError(error: unknown): void {
    this.seen.push(error)
    this.#above.error?.(error)
  }

  protected onComplete(): void {
    this.seen.push('complete')
    this.#above.complete?.()
  }

  protected override onEnd(): void {
    this.seen.push('end')
  }
}

/** A source that tells when it is stopped. */
const stoppable = (seen: unknown[], source: Observable<number> = NEVER) =>
  new Observable<number>((subscriber) => {
    const inner = source.subscribe(subscriber)
    return () => {
      inner.unsubscribe()
      seen.push('stopped')
    }
  })

describe('Stage', () => {
  it('is taken by RxJS for its own subscriber, with nothing put in between', () => {
    const stage = new Noting()
    let given: unknown
    const subscription: unknown = new Observable<number>((subscriber) => {
      given = subscriber
    }).subscribe(stage)
    expect([given === stage, subscription === stage]).toEqual([true, true])
  })

  it('hears values and the end of its source, then ends', () => {
    const stage = new Noting()
    stoppable(stage.seen, of(1, 2)).subscribe(stage)
    expect(stage.seen).toEqual([1, 2, 'complete', 'end', 'stopped'])
    expect(stage.closed).toBe(true)
  })

  it('stops a source that goes on, before it ends itself, and once', () => {
    const stage = new Noting()
    stoppable(stage.seen).subscribe(stage)
    stage.unsubscribe()
    stage.unsubscribe()
    expect(stage.seen).toEqual(['stopped', 'end'])
  })

  it('hears a failure once, and nothing after it', () => {
    const stage = new Noting()
    const source = new Subject<number>()
    source.subscribe(stage)
    source.next(1)
    source.error('broken')
    stage.next(2)
    stage.error('again')
    stage.complete()
    expect(stage.seen).toEqual([1, 'broken', 'end'])
  })

  it('takes a source that goes on after its end at its word', () => {
    const stage = new Noting()
    new Observable<number>((subscriber) => {
      subscriber.complete()
      subscriber.next(1)
      subscriber.error('late')
    }).subscribe(stage)
    expect(stage.seen).toEqual(['complete', 'end'])
  })

  it('stops at once what is subscribed to after it was unsubscribed from', () => {
    const stage = new Noting()
    stage.unsubscribe()
    stoppable(stage.seen).subscribe(stage)
    expect(stage.seen).toEqual(['end', 'stopped'])
  })

  it('hears what a source throws while it is being subscribed to', () => {
    const stage = new Noting()
    new Observable<number>(() => {
      throw new RangeError('no')
    }).subscribe(stage)
    expect(stage.seen).toEqual([new RangeError('no'), 'end'])
  })

  it('stands below operators and above them', () => {
    const seen: unknown[] = []
    const answer = new Observable<number>((subscriber) => {
      const stage = new Noting(subscriber)
      subscriber.add(stage)
      stoppable(seen, concat(of(1, 2, 3), NEVER))
        .pipe(
          map((value) => value * 10),
          tap((value) => seen.push(value)),
        )
        .subscribe(stage)
    })
    const top = answer.pipe(map((value) => value + 1)).subscribe((value) => seen.push(value))
    expect(seen).toEqual([10, 11, 20, 21, 30, 31])
    top.unsubscribe()
    expect(seen.slice(6)).toEqual(['stopped'])
  })

  it('stops below when the one above has had enough in the middle of it', () => {
    const seen: unknown[] = []
    const above = new Subscriber<number>()
    const stage = new Noting({ next: () => above.unsubscribe() })
    above.add(stage)
    stoppable(seen, concat(of(1, 2), NEVER)).subscribe(stage)
    expect([stage.seen, seen]).toEqual([[1, 'end'], ['stopped']])
  })

  it('runs every teardown that was added and not taken back', () => {
    const stage = new Noting()
    const seen: number[] = []
    const first = () => void seen.push(1)
    const third = () => void seen.push(3)
    stage.add(first)
    stage.add(() => void seen.push(2))
    stage.add(third)
    stage.remove(first)
    stage.remove(third)
    stage.add(undefined)
    stage.add({ unsubscribe: () => void seen.push(4) })
    stage.unsubscribe()
    expect(seen.toSorted((a, b) => a - b)).toEqual([2, 4])
  })

  it('ends even where what it calls throws', () => {
    const stage = new Noting({
      complete: () => {
        throw new Error('above')
      },
    })
    stage.add(() => {
      throw new Error('below')
    })
    expect(() => stage.complete()).toThrow('below')
    expect(stage.seen).toEqual(['complete', 'end'])
  })

  it('hands a failure of its source on', () => {
    const stage = new Noting()
    throwError(() => 'broken').subscribe(stage)
    expect(stage.seen).toEqual(['broken', 'end'])
  })
})
