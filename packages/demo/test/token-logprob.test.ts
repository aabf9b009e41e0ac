import { describe, expect, it } from 'vitest'
import { tokenLogprob } from '../src/token-logprob.ts'

describe('tokenLogprob', () => {
  it.each([' the', 'hello', '你', '😀', ''])('is well formed for %j', (token) => {
    for (const top of [0, 1, 5, 20]) {
      const { logprob, bytes, top_logprobs: rivals } = tokenLogprob(token, 3, top)
      expect(Buffer.from(bytes!).toString()).toBe(token)
      expect(logprob).toBeLessThanOrEqual(0)
      expect(rivals).toHaveLength(top)
      expect(rivals.map((rival) => rival.logprob)).toEqual(
        rivals.map((rival) => rival.logprob).toSorted((a, b) => b - a),
      )
      expect(new Set(rivals.map((rival) => rival.token)).size).toBe(top)
      expect(rivals.reduce((sum, rival) => sum + Math.exp(rival.logprob), 0)).toBeLessThanOrEqual(1)
      if (top > 0) expect(rivals[0]).toEqual({ token, logprob, bytes })
    }
  })

  it('depends on the token and its place, and on nothing else', () => {
    expect(tokenLogprob('a', 1, 3)).toEqual(tokenLogprob('a', 1, 3))
    expect(tokenLogprob('a', 1, 3).logprob).not.toBe(tokenLogprob('a', 2, 3).logprob)
    expect(tokenLogprob('a', 1, 3).logprob).not.toBe(tokenLogprob('b', 1, 3).logprob)
  })

  it('lists at most 20', () => {
    expect(tokenLogprob('a', 0, 500).top_logprobs).toHaveLength(20)
  })
})
