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

  it('tells who asked when it is held, once, and at once where it is', () => {
    const gate = createGate()
    let held = 0
    gate.whenHeld(() => held++)
    gate.whenHeld(() => (held += 10))()
    const release = gate.hold()
    gate.hold()
    expect(held).toBe(1)
    gate.whenHeld(() => held++)
    expect(held).toBe(2)
    release()
    expect(held).toBe(2)
  })

  it('lets a listener ask again from within, for the next time', () => {
    const gate = createGate()
    const told: string[] = []
    const watch = () => {
      gate.whenHeld(() => {
        told.push('held')
        gate.whenOpen(() => {
          told.push('open')
          watch()
        })
      })
    }
    watch()
    gate.hold()()
    gate.hold()()
    expect(told).toEqual(['held', 'open', 'held', 'open'])
  })
})
