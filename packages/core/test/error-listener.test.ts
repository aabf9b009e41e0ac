import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { ApiError, call } from '@sluice/core'
import { FailureTeller } from '@sluice/core/internal'

const error = new ApiError('overloaded', {
  message: 'The store is down.',
  cause: new Error('refused'),
})
const one = (onError?: () => void) => call('models.list', {}, { onError, requestId: 'req_1' })

function watchWarnings() {
  const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  onTestFinished(() => emit.mockRestore())
  return emit
}

describe('FailureTeller', () => {
  it('tells the own listener of a stage and not that of the call', () => {
    const [own, other, warned] = [vi.fn(), vi.fn(), watchWarnings()]
    const asked = one(other)
    new FailureTeller('cache', own).tell(error, asked)
    expect(own.mock.calls).toEqual([[error, { stage: 'cache', requestId: 'req_1', call: asked }]])
    expect(other).not.toHaveBeenCalled()
    expect(warned).not.toHaveBeenCalled()
  })

  it('tells the listener of the call where the stage has none', () => {
    const [other, warned] = [vi.fn(), watchWarnings()]
    const asked = one(other)
    new FailureTeller('cache', undefined).tell(error, asked)
    expect(other.mock.calls).toEqual([[error, { stage: 'cache', requestId: 'req_1', call: asked }]])
    expect(warned).not.toHaveBeenCalled()
  })

  it('warns once for each stage where nobody listens, with the reason and the mend', () => {
    const warned = watchWarnings()
    const teller = new FailureTeller('cache', undefined)
    teller.tell(error, one())
    teller.tell(error)
    expect(warned).toHaveBeenCalledTimes(1)
    expect(warned).toHaveBeenCalledWith(expect.stringMatching(/^cache: .*refused.*onError/), {
      type: 'SluiceWarning',
      code: 'SLUICE_UNHEARD_FAILURE',
    })
    new FailureTeller('rateLimit', undefined).tell(error)
    expect(warned).toHaveBeenCalledTimes(2)
  })

  it.each([
    ['an address with a password', new Error('postgres://user:hunter2@db is down')],
    ['a key', 'no such key: sk-hunter2hunter2hunter2'],
  ])('keeps %s out of the warning', (_what, cause) => {
    const warned = watchWarnings()
    new FailureTeller('cache', undefined).tell(
      new ApiError('overloaded', { message: 'Down.', cause }),
    )
    expect(String(warned.mock.calls[0]?.[0])).not.toContain('hunter2')
  })

  it('survives a cause that cannot be put into words, and a listener that fails', () => {
    watchWarnings()
    const cause = { toString: () => ({}) }
    expect(() =>
      new FailureTeller('cache', undefined).tell(
        new ApiError('overloaded', { message: 'Down.', cause }),
      ),
    ).not.toThrow()
    const broken = () => {
      throw new Error('broken')
    }
    expect(() => new FailureTeller('cache', broken).tell(error)).not.toThrow()
  })

  it('notes what others will say to the own listener alone', () => {
    const [own, other, warned] = [vi.fn(), vi.fn(), watchWarnings()]
    new FailureTeller('cache', own).note(error, one(other))
    new FailureTeller('cache', undefined).note(error, one(other))
    expect(own).toHaveBeenCalledTimes(1)
    expect(other).not.toHaveBeenCalled()
    expect(warned).not.toHaveBeenCalled()
  })
})
