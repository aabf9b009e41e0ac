import { ConfigError, createGate } from '@sluice/core'
import type { ChatCompletionChunk } from '@sluice/core/wire'
import { smooth, type ChatBatch } from '@sluice/sse-stream'
import fc from 'fast-check'
import { map, mergeAll, Observable, of } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { describe, expect, it } from 'vitest'
import {
  answerOf,
  batch,
  batchAt,
  callPart,
  chunk,
  completionOf,
  cut,
  documentOf,
  finish,
  outcomeOf,
  read,
  say,
  think,
  usageBatch,
} from './answers.ts'

const timed = () => new TestScheduler((actual, expected) => expect(actual).toEqual(expected))

const words = (one: ChatBatch) =>
  one.usage === undefined ? one.chunks().map(word).join('+') : 'usage'
function word({ choices: [choice] }: ChatCompletionChunk): string {
  const { content = '', reasoning_content: thought = '', tool_calls: calls } = choice?.delta ?? {}
  const said = `${thought === '' ? '' : `(${thought})`}${content}`
  return `${said}${calls === undefined ? '' : '!'}${choice?.finish_reason ? '.' : ''}`
}

describe('smooth', () => {
  it('gives word after word at an even pace, however they come', () => {
    timed().run(({ cold, expectObservable }) => {
      const source = cold('a-----b|', {
        a: batch(say('one two, three ')),
        b: batch(say('four'), finish()),
      })
      const expected = '   x-y---z-(w|)'
      expectObservable(source.pipe(smooth({ intervalMs: 2 }), map(words))).toBe(expected, {
        x: 'one ',
        y: 'two, ',
        z: 'three ',
        w: 'four+.',
      })
    })
  })

  it('keeps thoughts, calls and the end in their places', () => {
    timed().run(({ cold, expectObservable }) => {
      const parts = [
        chunk({ role: 'assistant', content: '' }),
        think('so it'),
        say('is so'),
        callPart(0, '{}', 'f'),
        finish('tool_calls'),
      ]
      const source = cold('(au|)', { a: batch(...parts), u: usageBatch() })
      expectObservable(source.pipe(smooth({ intervalMs: 3 }), map(words))).toBe('a--b--c--(de|)', {
        a: '+(so )',
        b: '(it)',
        c: 'is ',
        d: 'so+!+.',
        e: 'usage',
      })
    })
  })

  it('gives what is left at once before an error', () => {
    timed().run(({ cold, expectObservable }) => {
      const source = cold('a#', { a: batch(say('one two three')) })
      expectObservable(source.pipe(smooth({ intervalMs: 9 }), map(words))).toBe('a(bc#)', {
        a: 'one ',
        b: 'two ',
        c: 'three',
      })
    })
  })

  it('leaves no timer behind when the subscriber goes', () => {
    timed().run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('a------', { a: batch(say('one two three four')) })
      expectObservable(source.pipe(smooth({ intervalMs: 2 }), map(words)), '---!').toBe('a-b', {
        a: 'one ',
        b: 'two ',
      })
      expectSubscriptions(source.subscriptions).toBe('^--!')
    })
  })

  it('finds the words of languages that write none apart', () => {
    timed().run(({ cold, expectObservable }) => {
      const source = cold('(a|)', { a: batch(say('今天天气很好。')) })
      expectObservable(source.pipe(smooth({ intervalMs: 1, locale: 'zh' }), map(words))).toBe(
        'ab(c|)',
        {
          a: '今天',
          b: '天气',
          c: '很好。',
        },
      )
    })
  })

  it('never parts what is read as one character', () => {
    timed().run(({ cold, expectObservable }) => {
      const source = cold('(a|)', { a: batch(say('é👩‍👩‍👧z')) })
      expectObservable(source.pipe(smooth({ intervalMs: 1, by: 'character' }), map(words))).toBe(
        'ab(c|)',
        {
          a: 'é',
          b: '👩‍👩‍👧',
          c: 'z',
        },
      )
    })
  })

  it('holds the gate while too much waits, and opens it again', () => {
    timed().run(({ cold, expectObservable }) => {
      const gate = createGate()
      const source = cold('a-----', { a: batchAt(gate, say('aaa bbb ccc ddd ')) })
      source.pipe(smooth({ intervalMs: 2, maxQueuedChars: 7 })).subscribe()
      // The last word may still grow: of the others one is given at once, eight characters wait.
      const isOpen = cold('-?-?-?').pipe(map(() => gate.isOpen))
      expectObservable(isOpen).toBe('-a-b-c', { a: false, b: false, c: true })
    })
  })

  it('opens the gate when its subscriber goes', () => {
    const gate = createGate()
    const source = new Observable<ChatBatch>((subscriber) =>
      subscriber.next(batchAt(gate, say('aaa bbb ccc ddd '))),
    )
    const subscription = source.pipe(smooth({ intervalMs: 1000, maxQueuedChars: 1 })).subscribe()
    expect(gate.isOpen).toBe(false)
    subscription.unsubscribe()
    expect(gate.isOpen).toBe(true)
  })

  it('says the same in the end, however the text is cut', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.array(fc.nat(), { maxLength: 6 }),
        (text, offsets) => {
          const batches = answerOf(cut(text, offsets))
          timed().run(({ cold, flush }) => {
            const source = cold('(a|)', { a: batches }).pipe(mergeAll())
            const outcome = outcomeOf(source.pipe(smooth({ intervalMs: 1 })))
            flush()
            expect(outcome.isComplete).toBe(true)
            expect(read(outcome.values)).toEqual(read(batches))
          })
        },
      ),
      { numRuns: 40 },
    )
  })

  it('lets a whole answer pass', () => {
    const whole = documentOf(completionOf('one two three'))
    expect(outcomeOf(of(whole).pipe(smooth({ intervalMs: 5 })))).toMatchObject({
      values: [whole],
      isComplete: true,
    })
  })

  it('refuses a pace that is none', () => {
    expect(() => smooth({ intervalMs: 0 })).toThrow(ConfigError)
    expect(() => smooth({} as { intervalMs: number })).toThrow(ConfigError)
  })
})
