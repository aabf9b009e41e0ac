import { ConfigError } from '@sluice/core'
import type { ChatCompletionChunk } from '@sluice/core/wire'
import { coalesce, type ChatBatch } from '@sluice/sse-stream'
import { map } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { describe, expect, it } from 'vitest'
import {
  answerOf,
  batch,
  callPart,
  chunk,
  chunksOf,
  completionOf,
  documentOf,
  finish,
  read,
  run,
  say,
  think,
  usageBatch,
} from './answers.ts'

const timed = () => new TestScheduler((actual, expected) => expect(actual).toEqual(expected))
const a = batch(say('a'))
const b = batch(say('b'))
const end = batch(finish())
const tail = usageBatch()

/** Marbles of what is said, as `ab` or `ab.` with the end of the choice. */
const words = (one: ChatBatch) =>
  one.usage === undefined ? one.chunks().map(word).join('+') : 'usage'
const word = ({ choices: [choice] }: ChatCompletionChunk) =>
  `${choice?.delta.content ?? ''}${choice?.finish_reason ? '.' : ''}`

describe('coalesce', () => {
  it('waits for more, but no longer than it may', () => {
    timed().run(({ cold, expectObservable }) => {
      const source = cold('ab---a----|', { a, b })
      const expected = '   ---x----y-|'
      expectObservable(source.pipe(coalesce({ maxWaitMs: 3 }), map(words))).toBe(expected, {
        x: 'ab',
        y: 'a',
      })
    })
  })

  it('goes on when there is enough, and begins to wait anew', () => {
    timed().run(({ cold, expectObservable }) => {
      const source = cold('abab---|', { a, b })
      const expected = '   --x---y|'
      expectObservable(source.pipe(coalesce({ maxWaitMs: 3, maxChars: 3 }), map(words))).toBe(
        expected,
        {
          x: 'aba',
          y: 'b',
        },
      )
    })
  })

  it('keeps neither the end of a choice nor the usage waiting', () => {
    timed().run(({ cold, expectObservable }) => {
      const source = cold('abe-at----|', { a, b, e: end, t: tail })
      const expected = '   --x--(yz)-|'
      const values = { x: 'ab.', y: 'a', z: 'usage' }
      expectObservable(source.pipe(coalesce({ maxWaitMs: 50 }), map(words))).toBe(expected, values)
    })
  })

  it('gives what it has before an error', () => {
    timed().run(({ cold, expectObservable }) => {
      const source = cold('ab-#', { a, b })
      expectObservable(source.pipe(coalesce({ maxWaitMs: 50 }), map(words))).toBe('---(x#)', {
        x: 'ab',
      })
    })
  })

  it('leaves no timer behind when the subscriber goes', () => {
    timed().run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('a---------', { a })
      expectObservable(source.pipe(coalesce({ maxWaitMs: 5 })), '--!').toBe('---')
      expectSubscriptions(source.subscriptions).toBe('^-!')
    })
  })

  it('says the same in fewer chunks', () => {
    const batches = [
      batch(chunk({ role: 'assistant', content: '' }), think('so'), think(' it')),
      batch(
        say('x', 1),
        say('a'),
        say('b'),
        callPart(0, '{"a"', 'f'),
        callPart(0, ':1}'),
        callPart(1, '{}', 'g'),
      ),
      batch(finish('tool_calls'), finish('stop', 1)),
      usageBatch(),
    ]
    const { values } = run(batches, coalesce({ maxChars: 1000 }))
    expect(read(values)).toEqual(read(batches))
    expect(chunksOf(values)).toHaveLength(4)
  })

  it('keeps apart what a vendor added and nobody can add up', () => {
    const own = { ...say('b'), choices: [{ ...say('b').choices[0]!, content_filter_results: {} }] }
    const { values } = run([batch(say('a'), own, say('c'))], coalesce({ maxChars: 1 }))
    expect(chunksOf(values)).toHaveLength(3)
  })

  it('lets a whole answer pass', () => {
    const whole = documentOf(completionOf('a'))
    expect(run([whole], coalesce({ maxWaitMs: 5 })).values).toEqual([whole])
  })

  it('loses nothing when nobody waits', () => {
    const batches = answerOf(['one ', 'two ', 'three'])
    expect(read(run(batches, coalesce({ maxWaitMs: 1000 })).values)).toEqual(read(batches))
  })

  it('refuses to wait for nothing', () => {
    expect(() => coalesce({})).toThrow(ConfigError)
  })
})
