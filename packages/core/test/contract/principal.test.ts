import { mayUseModel } from '@sluice/core'
import { describe, expect, it } from 'vitest'

const may = (models: unknown, model: string) =>
  mayUseModel({ id: 'a', tenant: 'b', models: models as string[] }, model)

describe('mayUseModel', () => {
  it.each<[unknown, string]>([
    [undefined, 'any'],
    [['a', 'b'], 'b'],
    [['gpt-*'], 'gpt-5'],
    [['gpt-*'], 'gpt-'],
    [['*'], ''],
  ])('lets the list %j have %j', (models, model) => expect(may(models, model)).toBe(true))

  it.each<[unknown, string]>([
    [[], 'a'],
    [['a'], 'A'],
    [['a'], 'a '],
    [['a'], 'ab'],
    [['a'], ''],
    [['gpt-*'], 'gpt'],
    [['*-mini'], 'gpt-mini'],
    [['g.t'], 'gpt'],
    ['abc', 'abc'],
    [null, 'a'],
    [{ includes: true }, 'a'],
    [[5, null, {}], '5'],
  ])('keeps from the list %j the model %j', (models, model) =>
    expect(may(models, model)).toBe(false),
  )

  it('lets nobody in particular have all', () => expect(mayUseModel(undefined, 'any')).toBe(true))
})
