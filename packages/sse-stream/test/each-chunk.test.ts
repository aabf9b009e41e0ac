import { eachChunk } from '@sluice/sse-stream'
import { Observable, take } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { batch, completionOf, documentOf, finish, run, say, usageBatch } from './answers.ts'

describe('eachChunk', () => {
  it('gives the chunks of all batches one by one', () => {
    const { values, isComplete } = run(
      [batch(say('a'), say('b')), batch(finish()), usageBatch()],
      eachChunk(),
    )
    expect(values).toEqual([say('a'), say('b'), finish()])
    expect(isComplete).toBe(true)
  })

  it('gives a whole answer as the chunks of a stream', () => {
    const { values } = run([documentOf(completionOf('hello'))], eachChunk())
    expect(values.map(({ choices }) => choices[0]?.delta.content)).toEqual([
      'hello',
      undefined,
      undefined,
    ])
  })

  it('lets the source go inside its own emission when the subscriber has enough', () => {
    let emitted = 0
    const source = new Observable<ReturnType<typeof batch>>((subscriber) => {
      while (!subscriber.closed) {
        emitted++
        subscriber.next(batch(say('a'), say('b')))
      }
    })
    source.pipe(eachChunk(), take(3)).subscribe()
    expect(emitted).toBe(2)
  })
})
