import { describe, expect, it } from 'vitest'
import { createThinkingMemory } from '@sluice/providers/anthropic'
import { completionOf, fixture, translate } from './support.ts'

const thought = (thinking: string) => ({ type: 'thinking' as const, thinking, signature: 's' })

describe('createThinkingMemory', () => {
  it('gives thoughts back for any of their calls', () => {
    const memory = createThinkingMemory()
    memory.remember(['a', 'b'], [thought('x')])
    expect(memory.recall(['b'])).toEqual([thought('x')])
    expect(memory.recall(['unknown', 'a'])).toEqual([thought('x')])
    expect(memory.recall(['unknown'])).toEqual([])
    expect(memory.recall([])).toEqual([])
  })

  it('keeps nothing of answers without calls or without thoughts', () => {
    const memory = createThinkingMemory({ calls: 1 })
    memory.remember(['a'], [thought('x')])
    memory.remember([], [thought('y')])
    memory.remember(['b'], [])
    expect(memory.recall(['a'])).toEqual([thought('x')])
    expect(memory.recall(['b'])).toEqual([])
  })

  it('forgets the calls that were used longest ago', () => {
    const memory = createThinkingMemory({ calls: 2 })
    memory.remember(['a'], [thought('x')])
    memory.remember(['b'], [thought('y')])
    memory.recall(['a'])
    memory.remember(['c'], [thought('z')])
    expect(
      [memory.recall(['a']), memory.recall(['b']), memory.recall(['c'])].map(
        (blocks) => blocks.length,
      ),
    ).toEqual([1, 0, 1])
  })

  it('never holds more characters than allowed', () => {
    const memory = createThinkingMemory({ characters: 100 })
    memory.remember(['a'], [thought('x'.repeat(60))])
    memory.remember(['b'], [thought('y'.repeat(60))])
    expect(memory.recall(['a'])).toEqual([])
    memory.remember(['b'], [thought('y'.repeat(30))])
    memory.remember(['c'], [thought('z'.repeat(30))])
    expect(memory.recall(['b'])).toEqual([thought('y'.repeat(30))])
    memory.remember(['huge'], [thought('!'.repeat(1000))])
    expect(memory.recall(['huge'])).toEqual([])
  })
})

describe('a decoder', () => {
  const blocks = [
    {
      type: 'thinking',
      thinking: 'The user wants the weather;\na tool has it.',
      signature: 'EqQBCkYIBxgCKkDx0Zm9vYmFy+/==',
    },
    { type: 'redacted_thinking', data: 'EvAFCoYBCAcYAipA' },
  ]

  it.each(['streamed', 'whole'])('remembers the thoughts of a %s answer by its calls', (way) => {
    const memory = createThinkingMemory()
    const { sse, message } = fixture('thinking')
    if (way === 'whole') completionOf(message, {}, memory)
    else translate([sse], {}, memory)
    expect(memory.recall(['toolu_01DdDdDdDdDdDdDdDdDdDdDd'])).toEqual(blocks)
  })

  it('remembers nothing of an answer that broke off', () => {
    const memory = createThinkingMemory()
    const { sse } = fixture('thinking')
    translate([sse.slice(0, sse.length - 400)], {}, memory)
    expect(memory.recall(['toolu_01DdDdDdDdDdDdDdDdDdDdDd'])).toEqual([])
  })
})
