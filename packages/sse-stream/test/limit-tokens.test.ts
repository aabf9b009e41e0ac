import { ConfigError } from '@sluice/core'
import { estimateTokens, limitTokens, type ChatBatch } from '@sluice/sse-stream'
import fc from 'fast-check'
import { Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  answerOf,
  batch,
  callPart,
  completionOf,
  cut,
  documentOf,
  outcomeOf,
  read,
  run,
  say,
  think,
  usage,
} from './answers.ts'

describe('limitTokens', () => {
  it('ends the choice for its length when the limit is passed, and lets the source go', () => {
    const upstream = new Subject<ChatBatch>()
    const outcome = outcomeOf(upstream.pipe(limitTokens(2)))
    upstream.next(batch(say('12345678')))
    expect(upstream.observed).toBe(true)
    upstream.next(batch(say('9')))
    expect(upstream.observed).toBe(false)
    expect(outcome.isComplete).toBe(true)
    expect(read(outcome.values)[0]).toMatchObject({
      finish_reason: 'length',
      message: { content: '12345678' },
    })
  })

  it('cuts at the same place however the chunks cut the text', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'é', '字', '😀', ' ') })
    fc.assert(
      fc.property(
        text,
        fc.integer({ min: 1, max: 8 }),
        fc.array(fc.nat()),
        (whole, max, offsets) => {
          const pieces = cut(whole, offsets).filter((piece) => piece.isWellFormed())
          const [choice] = read(run(answerOf(pieces), limitTokens(max)).values)
          expect(choice).toEqual(read(run(answerOf([pieces.join('')]), limitTokens(max)).values)[0])
          expect(estimateTokens(choice!.message.content!)).toBeLessThanOrEqual(max)
          expect(choice!.message.content!.isWellFormed()).toBe(true)
        },
      ),
    )
  })

  it('counts thoughts and tool calls too', () => {
    const { values } = run(
      [batch(think('1234')), batch(callPart(0, '{"a":"bcdefgh"}', 'call'))],
      limitTokens(4),
    )
    const [choice] = read(values)
    expect(choice).toMatchObject({
      finish_reason: 'length',
      message: { reasoning_content: '1234' },
    })
    expect(choice?.message.tool_calls?.[0]?.function).toEqual({
      name: 'call',
      arguments: '{"a":"bc',
    })
  })

  it('limits each choice by itself', () => {
    const batches = [batch(say('1234'), say('1234', 1)), batch(say('5'), say('5', 1))]
    const { values } = run(batches, limitTokens(1, { choices: 2 }))
    expect(read(values).map((choice) => choice.message.content)).toEqual(['1234', '1234'])
  })

  it('lets a shorter answer pass with its usage', () => {
    const batches = answerOf(['one ', 'two'])
    const { values } = run(batches, limitTokens(2))
    expect(values).toEqual(batches)
    expect(values.at(-1)?.usage).toBe(usage)
  })

  it('cuts a whole answer', () => {
    const { values } = run([documentOf(completionOf('12345'))], limitTokens(1))
    expect(values[0]?.document()?.choices).toEqual([
      { ...completionOf('1234').choices[0], finish_reason: 'length' },
    ])
  })

  it('refuses a limit that allows nothing', () => {
    expect(() => limitTokens(0)).toThrow(ConfigError)
    expect(() => limitTokens(Number.NaN)).toThrow(ConfigError)
  })
})

describe('estimateTokens', () => {
  it.each([
    ['', 0],
    ['word', 1],
    ['The quick brown fox jumps over the lazy dog.', 11],
    ['今天天气很好', 5],
    ['Добрый день', 6],
  ])('counts %j as about %i', (text, tokens) => {
    expect(estimateTokens(text)).toBe(tokens)
  })
})
