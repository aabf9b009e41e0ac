import { ApiError } from '@sluice/core'
import type { ResponseItem } from '@sluice/core/wire'
import { describe, expect, it } from 'vitest'
import { inputItems, pageOfItems } from '../../src/responses/input-items.ts'

const three: readonly ResponseItem[] = ['one', 'two', 'three'].map((content) => ({
  type: 'message',
  role: 'user',
  content,
}))
const page = (query: string, input: readonly ResponseItem[] = three) =>
  pageOfItems('resp_abc', input, new URLSearchParams(query))
const textsOf = (items: readonly ResponseItem[]) =>
  items.map((item) => (item['content'] as { text: string }[])[0]!.text)

describe('inputItems', () => {
  it.each([
    [
      'a text',
      'Hi',
      [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hi' }] }],
    ],
    ['a list', three, three],
    ['nothing', undefined, []],
  ])('reads %s', (_what, input, items) => {
    expect(inputItems(input)).toEqual(items)
  })
})

describe('pageOfItems', () => {
  it('gives the latest first, and the oldest first when asked', () => {
    expect(textsOf(page('').data)).toEqual(['three', 'two', 'one'])
    expect(textsOf(page('order=asc').data)).toEqual(['one', 'two', 'three'])
  })

  it('leads from page to page by the id of the last item', () => {
    const first = page('order=asc&limit=2')
    expect([textsOf(first.data), first.has_more, first.last_id]).toEqual([
      ['one', 'two'],
      true,
      first.data[1]!.id,
    ])
    const second = page(`order=asc&limit=2&after=${first.last_id}`)
    expect([textsOf(second.data), second.has_more]).toEqual([['three'], false])
  })

  it('gives every item an id of its own, the same each time', () => {
    const ids = page('').data.map(({ id }) => id)
    expect(new Set(ids).size).toBe(3)
    expect(page('').data.map(({ id }) => id)).toEqual(ids)
  })

  it('gives items in the form in which OpenAI lists them', () => {
    const input: ResponseItem[] = [
      {
        role: 'user',
        content: [{ type: 'input_image', image_url: 'https://a.example/b.png' }],
      } as never,
      { type: 'message', role: 'assistant', content: 'Yes?' },
      { type: 'function_call', call_id: 'call_1', name: 'f', arguments: '{}' },
      { type: 'reasoning', id: 'rs_1', summary: [] },
    ]
    expect(page('order=asc', input).data).toEqual([
      {
        id: 'msg_abc_0',
        type: 'message',
        status: 'completed',
        role: 'user',
        content: [{ type: 'input_image', detail: 'auto', image_url: 'https://a.example/b.png' }],
      },
      {
        id: 'msg_abc_1',
        type: 'message',
        status: 'completed',
        role: 'assistant',
        content: [{ type: 'output_text', text: 'Yes?', annotations: [], logprobs: [] }],
      },
      {
        id: 'fc_abc_2',
        type: 'function_call',
        status: 'completed',
        call_id: 'call_1',
        name: 'f',
        arguments: '{}',
      },
      { id: 'rs_1', type: 'reasoning', summary: [] },
    ])
  })

  it.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=many', 'limit'],
    ['order=random', 'order'],
    ['after=msg_unknown', 'after'],
  ])('refuses %s', (query, param) => {
    expect(() => page(query)).toThrow(expect.objectContaining({ status: 400, param }) as ApiError)
  })
})
