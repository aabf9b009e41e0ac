import { systemClock } from '@sluice/core'
import { NEVER } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { NamePattern } from '../src/name-pattern.ts'
import { RememberedSteps } from '../src/remembered-steps.ts'
import { RouteTarget } from '../src/route-target.ts'
import type { Route, RouteEntry } from '../src/route-table.ts'

const target = new RouteTarget(() => NEVER, undefined, {}, {}, systemClock)
const route = (...entries: RouteEntry[]): Route => ({ pattern: new NamePattern('*'), entries })
const plain = route({ weight: undefined, target })
const weighted = route({ weight: 1, target }, { weight: 2, target })

describe('remembered steps', () => {
  test('are given again for the name that they were kept for', () => {
    const remembered = new RememberedSteps()
    const steps = [{ target, model: 'a', isDrawn: false }]
    remembered.keep('a', plain, steps)
    expect(remembered.get('a')).toBe(steps)
    expect(remembered.get('b')).toBeUndefined()
  })

  test('are never those that weights put in order, here or behind an alias', () => {
    const remembered = new RememberedSteps()
    remembered.keep('a', weighted, [])
    remembered.keep('b', route({ weight: undefined, alias: new NamePattern('a'), route: weighted }), [])
    expect(remembered.size).toBe(0)
  })

  test('stay few however many names are made up', () => {
    const remembered = new RememberedSteps()
    for (let count = 0; count < 10_000; count++) remembered.keep(`made-up-${count}`, plain, [])
    expect(remembered.size).toBeLessThanOrEqual(256)
    expect(remembered.get('made-up-9999')).toEqual([])
  })
})
