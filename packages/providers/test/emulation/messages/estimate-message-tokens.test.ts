import { describe, expect, it } from 'vitest'
import { estimateMessageTokens } from '../../../src/emulation/messages/estimate-message-tokens.ts'

const of = (content: unknown, more: object = {}) =>
  estimateMessageTokens({ model: 'm', messages: [{ role: 'user', content }], ...more })

describe('estimateMessageTokens', () => {
  it('counts texts wherever they stand', () => {
    const text = 'The quick brown fox jumps over the lazy dog. '.repeat(20)
    const plain = of(text)
    expect(plain).toBeGreaterThan(180)
    expect(plain).toBeLessThan(280)
    expect(of([{ type: 'text', text }])).toBeGreaterThanOrEqual(plain)
    expect(of('', { system: text })).toBeGreaterThanOrEqual(plain)
    expect(of([{ type: 'tool_result', tool_use_id: 'a', content: text }])).toBeGreaterThan(plain)
    expect(of('', { tools: [{ name: 'f', description: text, input_schema: {} }] })).toBeGreaterThan(
      plain,
    )
    const source = { type: 'text', media_type: 'text/plain', data: text }
    expect(of([{ type: 'document', source }])).toBeGreaterThan(plain)
  })

  it('counts pictures and documents at a price of their own, however long', () => {
    const image = (data: string) => [{ type: 'image', source: { type: 'base64', data } }]
    expect(of(image('A'.repeat(1_000_000)))).toBe(of(image('A')))
    expect(of(image('A'))).toBeGreaterThan(1000)
  })

  it('counts as much for a cache mark as for none', () => {
    const block = { type: 'text', text: 'Hello' }
    expect(of([{ ...block, cache_control: { type: 'ephemeral' } }])).toBe(of([block]))
  })

  it('takes less than a millisecond for 10 KB', () => {
    const text = 'lorem ipsum '.repeat(90)
    const messages = Array.from({ length: 10 }, () => ({ role: 'user', content: text }))
    for (let at = 0; at < 50; at++) of('', { messages })
    const times = Array.from({ length: 20 }, () => {
      const begun = performance.now()
      of('', { messages })
      return performance.now() - begun
    })
    expect(times.toSorted((a, b) => a - b)[10]).toBeLessThan(1)
  })
})
