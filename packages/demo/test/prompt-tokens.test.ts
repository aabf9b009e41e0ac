import { describe, expect, it } from 'vitest'
import type { ChatCompletionMessageParam } from '@sluice/core/wire'
import { promptTokens } from '../src/prompt-tokens.ts'

const tokensOf = (messages: ChatCompletionMessageParam[], more: object = {}) =>
  promptTokens({ model: 'demo', messages, ...more })
const user = (
  content: NonNullable<ChatCompletionMessageParam['content']>,
): ChatCompletionMessageParam => ({
  role: 'user',
  content,
})

describe('promptTokens', () => {
  it.each<[string, ChatCompletionMessageParam[], number]>([
    ['a message and the answer’s beginning', [user('one two three')], 3 + 3 + 3],
    [
      'each message',
      [user('one'), { role: 'assistant', content: 'two' }, user('three')],
      3 * (3 + 1) + 3,
    ],
    ['a text in parts as one in a string', [user([{ type: 'text', text: 'one two three' }])], 9],
    [
      'a flat price for an image, however large its data',
      [user([{ type: 'image_url', image_url: { url: `data:${'x'.repeat(90_000)}` } }])],
      3 + 85 + 3,
    ],
    ['a message without content', [{ role: 'assistant', content: null }], 6],
    [
      'calls that were made',
      [
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            { id: 'a', type: 'function', function: { name: 'get_time', arguments: '{}' } },
          ],
        },
      ],
      3 + 3 + 3,
    ],
  ])('counts %s', (_name, messages, tokens) => {
    expect(tokensOf(messages)).toBe(tokens)
  })

  it('counts tools and schemas', () => {
    const tools = [
      {
        type: 'function',
        function: { name: 'get_time', description: 'Tells the time', parameters: {} },
      },
    ]
    expect(tokensOf([user('x')], { tools })).toBeGreaterThan(tokensOf([user('x')]) + 4)
    const response_format = {
      type: 'json_schema',
      json_schema: { name: 'x', schema: { type: 'object' } },
    }
    expect(tokensOf([user('x')], { response_format })).toBeGreaterThan(tokensOf([user('x')]) + 3)
  })

  it('estimates what is beyond half a million characters', () => {
    const text = 'lorem ipsum '.repeat(100_000)
    expect(tokensOf([user(text)])).toBeCloseTo(200_006, -4)
    expect(tokensOf([user(text), user(text)])).toBeGreaterThan(400_000)
  })

  it('survives a schema that is deeper than the stack', () => {
    let parameters: object = {}
    for (let depth = 0; depth < 100_000; depth++) parameters = { items: parameters }
    expect(
      tokensOf([user('x')], {
        tools: [{ type: 'function', function: { name: 'deep', parameters } }],
      }),
    ).toBeGreaterThan(60)
  })
})
