import { describe, expect, it } from 'vitest'
import { sampleAnswers, type FuzzedDialect } from './sample-answers.ts'
import { fuzzClosing, fuzzVendorAnswers } from './vendor-answers.ts'

describe('mutated answers of a vendor', () => {
  it.each(Object.keys(sampleAnswers) as FuzzedDialect[])(
    'of the dialect %s end every request well',
    { timeout: 60_000 },
    async (dialect) => {
      const { faults, statuses } = await fuzzVendorAnswers({ dialect, seed: 1, runs: 400 })
      expect(faults).toEqual([])
      // Mutations that all fail, or all pass, would prove nothing.
      expect(statuses['200']).toBeGreaterThan(40)
      expect(statuses['502']).toBeGreaterThan(10)
    },
  )

  it('may be under way while everything is closed', { timeout: 60_000 }, async () => {
    await fuzzClosing({ dialect: 'openai', seed: 1, runs: 80 })
  })
})
