import assert from 'node:assert/strict'
import { checkOptions, option, type ResponseStore, type StoredResponse } from '@sluice/core'
import { draftResponse } from '@sluice/core/internal'
import { inGroup, type LawRunner } from './runner.ts'

/** A store that is put to the laws, with the time that it lives in. */
export interface ResponseStoreUnderTest {
  readonly store: ResponseStore
  /** Lets so many milliseconds pass for the store: of a fake clock, or truly. */
  readonly pass: (ms: number) => void | Promise<void>
  close?(): void | Promise<void>
}

/** What is put to the laws, and by which test runner. */
export interface ResponseStoreLawsOptions {
  /** Stands before the name of each law. */
  readonly name: string
  /** Makes a store that is empty. */
  readonly create: () => ResponseStoreUnderTest | Promise<ResponseStoreUnderTest>
  readonly runner: LawRunner
}

const RULES = { name: option.string, create: option.function, runner: option.object }
const TTL_MS = 200

/**
 * Registers the laws of a `ResponseStore` with a test runner, one test each.
 *
 * @throws ConfigError `ERR_CONFORMANCE_OPTIONS`
 * @example responseStoreLaws({ name: 'acme', create: () => ({ store: acmeStore(), pass: sleep }), runner: { test, describe } })
 */
export function responseStoreLaws(options: ResponseStoreLawsOptions): void {
  checkOptions('responseStoreLaws', 'ERR_CONFORMANCE_OPTIONS', options, RULES)
  inGroup(options.runner, options.name, (test) => {
    for (const [name, check] of Object.entries(laws)) {
      test(name, async () => {
        const subject = await options.create()
        try {
          await check(subject)
        } finally {
          await subject.close?.()
        }
      })
    }
  })
}

function stored(id: string, text = 'Hello'): StoredResponse {
  const response = draftResponse(
    { model: 'm' },
    { id, createdAt: 1_700_000_000, model: 'm', status: 'completed' },
  )
  const content = [{ type: 'output_text', text, annotations: [], logprobs: [] }]
  return {
    response: {
      ...response,
      output: [{ id: `msg_${id}`, type: 'message', role: 'assistant', content }],
    },
    input: [{ type: 'message', role: 'user', content: 'Grüß Gott 👋' }],
    model: 'm-alias',
    size: 100,
    events: [{ type: 'response.created', sequence_number: 0, response: { id } }],
  }
}

type Law = (subject: ResponseStoreUnderTest) => Promise<void>

const laws: Readonly<Record<string, Law>> = {
  'gives back what was put': async ({ store }) => {
    await store.put('ann', 'resp_1', stored('resp_1'), TTL_MS)
    assert.deepEqual(await store.get('ann', 'resp_1'), stored('resp_1'))
  },
  'knows nothing of what was never put': async ({ store }) => {
    assert.equal(await store.get('ann', 'resp_1'), undefined)
    assert.equal(await store.delete('ann', 'resp_1'), false)
  },
  'puts the later in place of the earlier': async ({ store }) => {
    await store.put('ann', 'resp_1', stored('resp_1', 'early'), TTL_MS)
    await store.put('ann', 'resp_1', stored('resp_1', 'late'), TTL_MS)
    assert.deepEqual(await store.get('ann', 'resp_1'), stored('resp_1', 'late'))
  },
  'keeps owners apart, even where their names and ids run together': async ({ store }) => {
    await store.put('ann', 'resp_1', stored('resp_1'), TTL_MS)
    await store.put('', 'annresp_1', stored('annresp_1'), TTL_MS)
    for (const [owner, id] of [
      ['bob', 'resp_1'],
      ['', 'resp_1'],
      ['annr', 'esp_1'],
      ['ann:', 'resp_1'],
    ] as const) {
      assert.equal(await store.get(owner, id), undefined, `${owner} ${id}`)
      assert.equal(await store.delete(owner, id), false, `${owner} ${id}`)
    }
    assert.deepEqual(await store.get('ann', 'resp_1'), stored('resp_1'))
  },
  'takes owners of any characters': async ({ store }) => {
    const owners = ['["t","k"]', '["t:k",""]', 'a b\n', '__proto__', 'ü*?', '\u0000']
    for (const owner of owners) await store.put(owner, 'resp_1', stored('resp_1', owner), TTL_MS)
    for (const owner of owners)
      assert.deepEqual(await store.get(owner, 'resp_1'), stored('resp_1', owner))
  },
  'takes ids of any characters': async ({ store }) => {
    const ids = ['item:msg_1', 'msg_1', '__proto__', 'constructor', 'a b/ü*?\n', 'x'.repeat(512)]
    for (const id of ids) await store.put('ann', id, stored(id), TTL_MS)
    for (const id of ids) assert.deepEqual(await store.get('ann', id), stored(id), id)
    assert.equal(await store.get('ann', 'toString'), undefined)
  },
  'deletes once': async ({ store }) => {
    await store.put('ann', 'resp_1', stored('resp_1'), TTL_MS)
    assert.equal(await store.delete('ann', 'resp_1'), true)
    assert.equal(await store.get('ann', 'resp_1'), undefined)
    assert.equal(await store.delete('ann', 'resp_1'), false)
  },
  'forgets what has expired, and only that': async ({ store, pass }) => {
    await store.put('ann', 'resp_short', stored('resp_short'), TTL_MS)
    await store.put('ann', 'resp_long', stored('resp_long'), TTL_MS * 100)
    await pass(TTL_MS + 50)
    assert.equal(await store.get('ann', 'resp_short'), undefined)
    assert.equal(await store.delete('ann', 'resp_short'), false)
    assert.deepEqual(await store.get('ann', 'resp_long'), stored('resp_long'))
  },
  'counts the time anew when something is put again': async ({ store, pass }) => {
    await store.put('ann', 'resp_1', stored('resp_1'), TTL_MS)
    await pass(TTL_MS / 2)
    await store.put('ann', 'resp_1', stored('resp_1'), TTL_MS * 100)
    await pass(TTL_MS)
    assert.deepEqual(await store.get('ann', 'resp_1'), stored('resp_1'))
  },
  'is not changed by what happens to the object that was put': async ({ store }) => {
    const own = stored('resp_1')
    await store.put('ann', 'resp_1', own, TTL_MS)
    own.response.output.length = 0
    own.response.status = 'failed'
    assert.deepEqual(await store.get('ann', 'resp_1'), stored('resp_1'))
  },
}
