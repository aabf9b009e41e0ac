import { describe, expect, it } from 'vitest'
import { fuzzClientBodies } from './client-bodies.ts'

describe('mutated requests of clients', () => {
  it('end with an answer each, and give back what they took', { timeout: 60_000 }, async () => {
    const { runs, faults, statuses } = await fuzzClientBodies({ seed: 1, runs: 400 })
    expect(faults).toEqual([])
    expect([runs, Object.keys(statuses).length > 5]).toEqual([400, true])
  })
})
