import { describe, expect, it, vi } from 'vitest'
import { disown, isPromiseLike, tellHost } from '@sluice/core/internal'
import { watchRejections } from '../fixtures/watch-rejections.ts'

const throwing = () => {
  throw new Error('broken')
}
const unreadable = () => new Proxy({}, { get: throwing })
/** A promise of the host's own making. */
const thenable = (then: unknown, target = {}) =>
  new Proxy(target, { get: (_target, name) => (name === 'then' ? then : undefined) })

describe('isPromiseLike', () => {
  it.each<[string, unknown, boolean]>([
    ['a promise', Promise.resolve(), true],
    ['an object with a then', thenable(() => {}), true],
    [
      'a function with a then',
      thenable(
        () => {},
        () => {},
      ),
      true,
    ],
    ['a then that is no function', thenable('later'), false],
    ['nothing', undefined, false],
    ['null', null, false],
    ['a text', 'then', false],
    ['a function', () => {}, false],
  ])('knows %s', (_what, value, expected) => {
    expect(isPromiseLike(value)).toBe(expected)
  })
})

describe('disown', () => {
  it.each<[string, () => unknown, boolean, number]>([
    ['no promise', () => 5, false, 0],
    ['a promise that keeps', () => Promise.resolve(), true, 0],
    ['a promise that rejects', () => Promise.reject(new Error('x')), true, 1],
    ['a then that throws', () => thenable(throwing), true, 1],
    ['a then that cannot be looked at', unreadable, true, 1],
  ])('takes %s off the hands of the process', async (_what, make, isPromise, told) => {
    const unhandled = watchRejections()
    const onRejected = vi.fn()
    expect(disown(make(), onRejected)).toBe(isPromise)
    expect(disown(make())).toBe(isPromise)
    await new Promise(setImmediate)
    expect(onRejected).toHaveBeenCalledTimes(told)
    expect(unhandled).not.toHaveBeenCalled()
  })
})

describe('tellHost', () => {
  it.each<[string, () => unknown]>([
    ['throws', throwing],
    ['rejects', async () => throwing()],
    ['gives a then that throws', () => thenable(throwing)],
    ['gives what cannot be looked at', unreadable],
    ['never settles', () => new Promise(() => {})],
  ])('survives a listener that %s', async (_what, listener) => {
    const unhandled = watchRejections()
    expect(() => tellHost(listener)).not.toThrow()
    await new Promise(setImmediate)
    expect(unhandled).not.toHaveBeenCalled()
  })

  it('hands on what there is to tell, and does without a listener', () => {
    const listener = vi.fn()
    tellHost(listener, 1, 'two')
    tellHost(undefined, 1)
    expect(listener.mock.calls).toEqual([[1, 'two']])
  })
})
