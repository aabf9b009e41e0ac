import { splitReasoning } from '@sluice/sse-stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  answerOf,
  batch,
  chunk,
  chunksOf,
  completionOf,
  cut,
  documentOf,
  finish,
  read,
  run,
  say,
  usageBatch,
} from './answers.ts'

const messageOf = (pieces: readonly string[], options = {}) =>
  read(run(answerOf(pieces), splitReasoning(options)).values)[0]!.message

describe('splitReasoning', () => {
  it('moves what stands between the marks, and nothing else', () => {
    expect(messageOf(['<think>so', ' it is</think>\n\n', 'Yes'])).toMatchObject({
      content: '\n\nYes',
      reasoning_content: 'so it is',
    })
  })

  it('splits the same way however the chunks cut the marks', () => {
    const part = fc.constantFrom(
      '<think>',
      '</think>',
      '<',
      'think',
      '/',
      '>',
      'a',
      ' ',
      '<thi',
      '</',
    )
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 12 }),
        fc.array(fc.nat()),
        fc.boolean(),
        (parts, offsets, startsOpen) => {
          const text = parts.join('')
          const { content, reasoning_content: thoughts = '' } = messageOf(cut(text, offsets), {
            startsOpen,
          })
          expect([content, thoughts]).toEqual(splitWhole(text, startsOpen))
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('finds other marks, and a text that begins inside the thoughts', () => {
    expect(
      messageOf(['so it is[/T', ']Yes[T]no'], { open: '[T]', close: '[/T]', startsOpen: true }),
    ).toMatchObject({
      content: 'Yes',
      reasoning_content: 'so it isno',
    })
  })

  it('gives the parts in the order in which they were said', () => {
    const { values } = run(
      [batch(chunk({ role: 'assistant', content: 'a<think>b</think>c' }))],
      splitReasoning(),
    )
    expect(chunksOf(values).map(({ choices }) => choices[0]?.delta)).toEqual([
      { role: 'assistant' },
      { content: 'a' },
      { reasoning_content: 'b' },
      { content: 'c' },
    ])
  })

  it('lets half a mark go before the choice ends, in the channel where it stands', () => {
    const { values } = run(
      [batch(say('<think>a </th')), batch(finish('length')), usageBatch()],
      splitReasoning(),
    )
    expect(read(values)[0]).toMatchObject({
      finish_reason: 'length',
      message: { reasoning_content: 'a </th' },
    })
  })

  it('keeps choices apart', () => {
    const batches = [
      batch(say('<think>a'), say('b', 1)),
      batch(say('</think>c'), say('d', 1), finish(), finish('stop', 1)),
    ]
    expect(
      read(run(batches, splitReasoning()).values).map(({ message }) => [
        message.content,
        message.reasoning_content,
      ]),
    ).toEqual([
      ['c', 'a'],
      ['bd', undefined],
    ])
  })

  it('sends on the bytes that came where there are no marks', () => {
    const batches = [batch(say('a < b')), batch(finish()), usageBatch()]
    expect(run(batches, splitReasoning()).values).toEqual(batches)
  })

  it('splits a whole answer', () => {
    const { values } = run([documentOf(completionOf('<think>a</think>b'))], splitReasoning())
    const { choices } = completionOf('b')
    expect(values[0]?.document()?.choices).toEqual([
      { ...choices[0], message: { ...choices[0]!.message, reasoning_content: 'a' } },
    ])
  })
})

function splitWhole(text: string, startsOpen: boolean): [content: string, thoughts: string] {
  const said: [string, string] = ['', '']
  let isInside = startsOpen
  let rest = text
  for (;;) {
    const mark = isInside ? '</think>' : '<think>'
    const at = rest.indexOf(mark)
    said[isInside ? 1 : 0] += at < 0 ? rest : rest.slice(0, at)
    if (at < 0) return said
    rest = rest.slice(at + mark.length)
    isInside = !isInside
  }
}
