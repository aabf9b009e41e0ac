import { describe, expect, it } from 'vitest'
import { estimateContentTokens } from '../../../src/emulation/generate-content/estimate-content-tokens.ts'

const textOf = (text: string) => ({ model: 'm', contents: [{ role: 'user', parts: [{ text }] }] })

describe('estimateContentTokens', () => {
  it('counts text wherever it stands, and not the words of the protocol', () => {
    expect(estimateContentTokens(textOf('x'.repeat(400)))).toBe(100)
    expect(estimateContentTokens({ model: 'm', generateContentRequest: textOf('abcd') })).toBe(1)
    const systemInstruction = { parts: [{ text: 'x'.repeat(40) }] }
    expect(estimateContentTokens({ ...textOf('abcd'), systemInstruction })).toBe(11)
  })

  it('counts a picture alike, however long its data', () => {
    const picture = (data: string) => ({
      model: 'm',
      contents: [{ parts: [{ inlineData: { mimeType: 'image/png', data } }] }],
    })
    expect(estimateContentTokens(picture('A'.repeat(1_000_000)))).toBe(258)
  })

  it('takes no more than a millisecond for ten kilobytes', () => {
    const params = textOf('some words '.repeat(1000))
    for (let round = 0; round < 50; round++) estimateContentTokens(params)
    const started = performance.now()
    for (let round = 0; round < 20; round++) estimateContentTokens(params)
    expect((performance.now() - started) / 20).toBeLessThan(1)
  })

  it('goes as deep as the contents', () => {
    let deep: unknown = 'abcd'
    for (let level = 0; level < 20_000; level++) deep = [deep]
    expect(estimateContentTokens({ model: 'm', deep })).toBe(1)
  })
})
