import { responseStoreLaws } from '@sluice/conformance'
import { ConfigError, type ResponseStore, type StoredResponse } from '@sluice/core'
import { draftResponse } from '@sluice/core/internal'
import { memoryResponseStore } from '@sluice/endpoints'
import { describe, expect, it, test } from 'vitest'
import { FakeClock } from './fake-clock.ts'

function stored(id: string, text = ''): StoredResponse {
  const response = draftResponse(
    { model: 'm' },
    { id, createdAt: 1, model: 'm', status: 'completed' },
  )
  return { response, input: [{ type: 'message', role: 'user', content: text }], size: text.length }
}

/** Which of the ids are there. */
async function kept(store: ResponseStore, ids: readonly string[]): Promise<string[]> {
  const there: string[] = []
  for (const id of ids) if ((await store.get('ann', id)) !== undefined) there.push(id)
  return there
}

describe('memoryResponseStore', () => {
  responseStoreLaws({
    name: 'keeps the laws',
    runner: { test, describe },
    create: () => {
      const clock = new FakeClock()
      return { store: memoryResponseStore({ clock }), pass: (ms) => clock.advance(ms) }
    },
  })

  it('makes room for more responses than it may hold, oldest first', async () => {
    const store = memoryResponseStore({ maxResponses: 2 })
    for (const id of ['a', 'b', 'c']) await store.put('ann', id, stored(id), 1000)
    expect(await kept(store, ['a', 'b', 'c'])).toEqual(['b', 'c'])
  })

  it('makes room for more bytes than it may hold, and does without what is larger than that alone', async () => {
    const store = memoryResponseStore({ maxBytes: 10_000 })
    const text = 'x'.repeat(2000)
    for (const id of ['a', 'b']) await store.put('ann', id, stored(id, text), 1000)
    expect(await kept(store, ['a', 'b'])).toEqual(['b'])
    await store.put('ann', 'c', stored('c', 'x'.repeat(20_000)), 1000)
    expect(await kept(store, ['b', 'c'])).toEqual(['b'])
  })

  it('stays within its bounds whatever is put, put again and deleted', async () => {
    const store = memoryResponseStore({ maxResponses: 10, maxBytes: 20_000 })
    for (let index = 0; index < 1000; index++) {
      await store.put(
        'ann',
        `r${index % 17}`,
        stored(`r${index % 17}`, 'x'.repeat(index % 3000)),
        1000,
      )
      if (index % 5 === 0) await store.delete('ann', `r${(index * 7) % 17}`)
    }
    const held = await kept(
      store,
      Array.from({ length: 17 }, (_, index) => `r${index}`),
    )
    expect(held.length).toBeGreaterThan(0)
    expect(held.length).toBeLessThanOrEqual(10)
    let length = 0
    for (const id of held) length += JSON.stringify(await store.get('ann', id)).length
    expect(length).toBeLessThanOrEqual(10_000)
  })

  it('refuses options that it does not have', () => {
    expect(() => memoryResponseStore({ maxEntries: 1 } as never)).toThrow(ConfigError)
  })
})
