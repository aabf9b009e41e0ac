import { describe, expect, it } from 'vitest'
import type { ChatCompletionMessageParam } from '@sluice/core/wire'
import { readConversation } from '../src/read-conversation.ts'

const call = (id: string, name: string) => ({
  id,
  type: 'function' as const,
  function: { name, arguments: '{}' },
})

describe('readConversation', () => {
  it('takes the last thing the user said, and the one before', () => {
    const messages: ChatCompletionMessageParam[] = [
      { role: 'system', content: 'be kind' },
      { role: 'user', content: 'first' },
      { role: 'assistant', content: 'yes' },
      { role: 'user', content: ' second ' },
    ]
    expect(readConversation(messages)).toMatchObject({
      question: 'second',
      earlier: 'first',
      attachments: 0,
      results: [],
    })
  })

  it('reads content in parts, and counts what is not text', () => {
    const content = [
      { type: 'text' as const, text: 'look at' },
      { type: 'image_url' as const, image_url: { url: 'https://example.com/a.png' } },
      { type: 'text' as const, text: 'this' },
    ]
    expect(readConversation([{ role: 'user', content }])).toMatchObject({
      question: 'look at  this',
      attachments: 1,
    })
  })

  it('gathers what tools answered since the question, by their names', () => {
    const messages: ChatCompletionMessageParam[] = [
      { role: 'user', content: 'old' },
      { role: 'assistant', content: null, tool_calls: [call('a', 'old_tool')] },
      { role: 'tool', tool_call_id: 'a', content: 'old result' },
      { role: 'user', content: 'new' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [call('b', 'get_weather'), call('c', 'get_time')],
      },
      { role: 'tool', tool_call_id: 'c', content: 'noon' },
      { role: 'tool', tool_call_id: 'unknown', content: '?' },
    ]
    const { results, called } = readConversation(messages)
    expect(results).toEqual([
      { name: 'get_time', content: 'noon' },
      { name: 'tool', content: '?' },
    ])
    expect([...called]).toEqual(['get_weather', 'get_time'])
  })

  it('has an empty question where the user said nothing', () => {
    expect(readConversation([])).toMatchObject({ question: '', earlier: undefined })
    expect(readConversation([{ role: 'system', content: 'be kind' }])).toMatchObject({
      question: '',
    })
    expect(readConversation([{ role: 'user', content: null }])).toMatchObject({ question: '' })
  })

  it('keeps the two ends of a very long question', () => {
    const { question } = readConversation([
      { role: 'user', content: `begin ${'x'.repeat(1_000_000)} end` },
    ])
    expect(question).toMatch(/^begin .* end$/s)
    expect(question.length).toBeLessThan(17_000)
  })
})
