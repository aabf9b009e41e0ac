import { RedactionVault, redactValue } from '@sluice/sse-stream'
import { describe, expect, it } from 'vitest'

describe('redactValue', () => {
  it('redacts every string, however deep, and leaves the rest', () => {
    const messages = [
      { role: 'user', content: [{ type: 'text', text: 'my number is 4111' }] },
      { role: 'assistant', n: 4111, ok: true, none: null },
    ]
    expect(redactValue(messages, /\d{4}/)).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'my number is [redacted_1]' }] },
      { role: 'assistant', n: 4111, ok: true, none: null },
    ])
  })

  it('leaves arguments of earlier calls JSON', () => {
    const call = { function: { name: 'pay', arguments: '{"card":4111,"note":"\\u0034111"}' } }
    const { function: fn } = redactValue(call, { patterns: /\d{4}/, replace: 'x"y' })
    expect(JSON.parse(fn.arguments)).toEqual({ card: 'x"y', note: 'x"y' })
  })

  it('gives the very same value where there is nothing to replace', () => {
    const value = { a: ['b', { c: 'd' }] }
    expect(redactValue(value, /\d/)).toBe(value)
  })

  it('numbers values across calls that share a vault', () => {
    const vault = new RedactionVault()
    expect(redactValue('1 2', { patterns: /\d/, vault })).toBe('[redacted_1] [redacted_2]')
    expect(redactValue('2 3', { patterns: /\d/, vault })).toBe('[redacted_2] [redacted_3]')
    expect(vault.size).toBe(3)
    expect(vault.reveal('[redacted_3]')).toBe('3')
  })
})
