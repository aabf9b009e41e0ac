import { ConfigError } from '@sluice/core'
import { stopAt, type ChatBatch } from '@sluice/sse-stream'
import fc from 'fast-check'
import { Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  answerOf,
  batch,
  callPart,
  chunk,
  chunksOf,
  completionOf,
  cut,
  documentOf,
  finish,
  outcomeOf,
  read,
  run,
  say,
  think,
  usage,
} from './answers.ts'

describe('stopAt', () => {
  it('ends the choice before the sequence, however the chunks cut it', () => {
    fc.assert(
      fc.property(fc.array(fc.nat()), (offsets) => {
        const { values, isComplete } = run(
          answerOf(cut('one two STOP three', offsets)),
          stopAt('STOP'),
        )
        expect(read(values)).toEqual([
          { ...completionOf('one two ').choices[0], finish_reason: 'stop' },
        ])
        expect(isComplete).toBe(true)
      }),
    )
  })

  it('stops at the sequence that is complete first', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 15 })
    const sequences = fc.array(
      fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 4 }),
      {
        minLength: 1,
        maxLength: 3,
      },
    )
    fc.assert(
      fc.property(text, sequences, fc.array(fc.nat()), (whole, stops, offsets) => {
        const expected = stoppedLetterByLetter(whole, stops)
        const { values } = run(answerOf(cut(whole, offsets)), stopAt(stops))
        expect(read(values)[0]?.message.content).toBe(expected)
      }),
      { numRuns: 1000 },
    )
  })

  it('lets the source go at once', () => {
    const upstream = new Subject<ChatBatch>()
    const outcome = outcomeOf(upstream.pipe(stopAt('\n')))
    upstream.next(batch(say('one\ntwo')))
    expect(upstream.observed).toBe(false)
    expect(outcome).toMatchObject({ isComplete: true })
    expect(chunksOf(outcome.values)).toEqual([
      { ...say('one'), choices: [{ ...say('one').choices[0], finish_reason: 'stop' }] },
    ])
  })

  it('goes on with the other choices until all are over', () => {
    const upstream = new Subject<ChatBatch>()
    const outcome = outcomeOf(upstream.pipe(stopAt('!', { choices: 2 })))
    upstream.next(batch(say('a!b')))
    upstream.next(batch(say('c'), say('d', 1)))
    expect(upstream.observed).toBe(true)
    upstream.next(batch(say('e!', 1), say('f', 1)))
    expect(upstream.observed).toBe(false)
    expect(read(outcome.values).map((choice) => choice.message.content)).toEqual(['a', 'de'])
  })

  it('says nothing twice and keeps the usage where no sequence comes', () => {
    const { values } = run(answerOf(['a S', 'T', 'x', ' ST']), stopAt(['STOP', 'Sx']))
    expect(read(values)).toEqual(completionOf('a STx ST').choices)
    expect(values.at(-1)?.usage).toBe(usage)
    expect(chunksOf(values).filter(({ choices: [choice] }) => choice?.finish_reason)).toHaveLength(
      1,
    )
  })

  it('looks neither at thoughts nor at tool calls', () => {
    const batches = [batch(think('a\nb')), batch(callPart(0, '"\n"', 'f'), finish('tool_calls'))]
    expect(run(batches, stopAt('\n')).values).toEqual(batches)
  })

  it('drops the log probabilities of the part that is cut', () => {
    const one = say('a!b')
    one.choices[0]!.logprobs = {
      content: [{ token: 'a!b', logprob: 0, bytes: null, top_logprobs: [] }],
      refusal: null,
    }
    expect(chunksOf(run([batch(one)], stopAt('!')).values)[0]?.choices[0]?.logprobs).toBeNull()
  })

  it('keeps what came with the text', () => {
    const { values } = run([batch(chunk({ role: 'assistant', content: '!' }))], stopAt('!'))
    expect(chunksOf(values)[0]?.choices).toEqual([
      { index: 0, delta: { role: 'assistant' }, finish_reason: 'stop' },
    ])
  })

  it('cuts a whole answer', () => {
    const { values, isComplete } = run([documentOf(completionOf('one\ntwo'))], stopAt('\n'))
    expect(values[0]?.document()).toEqual(completionOf('one'))
    expect(isComplete).toBe(true)
  })

  it.each([[[]], [''], [['a', '']]])('refuses %j', (sequences) => {
    expect(() => stopAt(sequences)).toThrow(ConfigError)
  })
})

/** The same as a model would do it that stops by itself. */
function stoppedLetterByLetter(whole: string, stops: readonly string[]): string {
  for (let end = 1; end <= whole.length; end++) {
    const found = stops.filter((stop) => whole.slice(0, end).endsWith(stop))
    if (found.length > 0) return whole.slice(0, end - Math.max(...found.map((stop) => stop.length)))
  }
  return whole
}
