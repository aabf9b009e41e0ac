import { call, createContextKey, withCall } from '@sluice/core'
import { describe, expect, it } from 'vitest'

const params = { model: 'm', messages: [] }

describe('the context of a call', () => {
  it('gives the default of a key that nobody has set, and then what was set', () => {
    const limit = createContextKey(7, 'limit')
    const { context } = call('chat.completions', params).report
    expect(context.get(limit)).toBe(7)
    context.set(limit, 9)
    expect(context.get(limit)).toBe(9)
    context.delete(limit)
    expect(context.get(limit)).toBe(7)
  })

  it('holds undefined apart from nothing', () => {
    const note = createContextKey<string | undefined>('default')
    const { context } = call('chat.completions', params).report
    context.set(note, undefined)
    expect(context.get(note)).toBeUndefined()
  })

  it('is shared by the copies of a call and by no other call', () => {
    const key = createContextKey('none')
    const first = call('chat.completions', params)
    withCall(first, { model: 'other' }).report.context.set(key, 'left')
    expect(first.report.context.get(key)).toBe('left')
    expect(call('chat.completions', params).report.context.get(key)).toBe('none')
  })

  it('tells keys apart that are described alike, whatever the description is', () => {
    const { context } = call('chat.completions', params).report
    const keys = ['__proto__', '__proto__', 'constructor'].map((name) => createContextKey(0, name))
    for (const [index, key] of keys.entries()) context.set(key, index + 1)
    expect(keys.map((key) => context.get(key))).toEqual([1, 2, 3])
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })
})
