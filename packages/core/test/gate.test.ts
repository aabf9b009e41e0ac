import { describe, expect, it } from 'vitest'
import { createGate } from '@sluice/core'

describe('createGate', () => {
  it('opens only when every hold is released', () => {
    const gate = createGate()
    const first = gate.hold()
    const second = gate.hold()
    let opened = 0
    gate.whenOpen(() => opened++)
    first()
    expect([gate.isOpen, opened]).toEqual([false, 0])
    second()
    expect([gate.isOpen, opened]).toEqual([true, 1])
  })

  it('counts a hold once however often it is released', () => {
    const gate = createGate()
    const first = gate.hold()
    gate.hold()
    first()
    first()
    expect(gate.isOpen).toBe(false)
  })

  it('calls back at once where it is open, and once only', () => {
    const gate = createGate()
    let opened = 0
    gate.whenOpen(() => opened++)
    gate.hold()()
    expect(opened).toBe(1)
  })

  it('forgets a listener that was taken back', () => {
    const gate = createGate()
    const release = gate.hold()
    let opened = 0
    gate.whenOpen(() => opened++)()
    release()
    expect(opened).toBe(0)
  })
})
