import { ConfigError } from '@sluice/core'
import { describe, expect, test, vi } from 'vitest'
import { bearerAuth } from '../src/bearer-auth.ts'
import { hashKey } from '../src/keys/hash-key.ts'
import { hostIdentity } from '../src/host-identity.ts'
import { guardedServer } from './fixtures/guarded-server.ts'

const KEY = { authorization: 'Bearer sk-1' }

class Row {
  readonly columns = ['id']
}

class Entity {
  readonly #id = 'one'
  get id(): string {
    return this.#id
  }
}

const unreadable = Object.defineProperty({ tenant: 'alpha' }, 'id', {
  enumerable: true,
  get: () => {
    throw new Error('the connection is closed')
  },
})

/** What is neither a record nor nothing. */
const NONSENSE: readonly [string, unknown][] = [
  ['no rows', []],
  ['a list of rows', [{ id: 'one', tenant: 'alpha' }]],
  ['rows and fields', [[], []]],
  ['a list with fields of a record', Object.assign([], { id: 'one', tenant: 'alpha' })],
  ['a result with no rows', { command: 'SELECT', rowCount: 0, rows: [], fields: [] }],
  ['a result with rows', { rows: [{ id: 'one' }], rowCount: 1 }],
  ['a result of a client for the web', { data: null, error: null, status: 200 }],
  ['a record set', { recordset: [], rowsAffected: [0] }],
  ['an empty object', {}],
  ['true', true],
  ['false', false],
  ['0', 0],
  ['1', 1],
  ['not a number', Number.NaN],
  ['a big integer', 1n],
  ['an empty text', ''],
  ['a text', 'no such key'],
  ['a symbol', Symbol('id')],
  ['a function', () => ({ id: 'one' })],
  ['a function with the fields', Object.assign(() => {}, { id: 'one', tenant: 'alpha' })],
  ['a date', new Date()],
  ['an error', new Error('not found')],
  ['a map', new Map([['id', 'one']])],
  ['a buffer', Buffer.from('{"id":"one"}')],
  ['an object of a class without the fields', new Row()],
  ['an empty id', { id: '', tenant: 'alpha' }],
  ['a number as id', { id: 1, tenant: 'alpha' }],
  ['a list as tenant', { id: 'one', tenant: ['alpha'] }],
  ['models as a text', { id: 'one', tenant: 'alpha', models: 'gpt-*' }],
  ['models as an array of a database', { id: 'one', tenant: 'alpha', models: '{gpt-*}' }],
  ['models with a hole', { id: 'one', tenant: 'alpha', models: Array.from({ length: 2 }) }],
  ['models with a number', { id: 'one', tenant: 'alpha', models: ['gpt-*', 5] }],
  ['models as an object', { id: 'one', tenant: 'alpha', models: { 0: 'gpt-*' } }],
  ['limits as a text', { id: 'one', tenant: 'alpha', limits: '{"concurrency":1}' }],
  ['limits as a list', { id: 'one', tenant: 'alpha', limits: [] }],
  ['limits as a date', { id: 'one', tenant: 'alpha', limits: new Date() }],
  ['limits as a map', { id: 'one', tenant: 'alpha', limits: new Map() }],
  ['a limit below nothing', { id: 'one', tenant: 'alpha', limits: { concurrency: -1 } }],
  ['a limit as a text', { id: 'one', tenant: 'alpha', limits: { concurrency: '1' } }],
  ['a limit that nobody knows', { id: 'one', tenant: 'alpha', limits: { constructor: 1 } }],
  ['a field that cannot be read', unreadable],
]

/** What only a record of a key has, and gets wrong. */
const NO_RECORD: readonly [string, unknown][] = [
  [
    'defaults without a row',
    { disabled: false, models: ['gpt-*'], limits: { concurrency: 1 }, id: undefined },
  ],
  ['an expiry as a text', { id: 'one', expiresAt: '2099-01-01' }],
  ['an expiry that is no moment', { id: 'one', expiresAt: new Date('never') }],
  ['a switch as a number', { id: 'one', disabled: 0 }],
  ['a switch as a text', { id: 'one', disabled: 'false' }],
  ['a label as a number', { id: 'one', label: 5 }],
  ['a hash that is none', { hash: 'sha256:abc' }],
]

/** A promise of the host's own making. */
const thenable = (then: unknown) =>
  new Proxy({}, { get: (_target, name) => (name === 'then' ? then : undefined) })

const ways = [
  ['at once', (value: unknown) => value],
  ['by a promise', async (value: unknown) => value],
  [
    'by a thenable',
    (value: unknown) => thenable((resolve: (value: unknown) => void) => resolve(value)),
  ],
] as const

describe.each(ways)('a lookup that gives %s', (_way, give) => {
  test.each([...NONSENSE, ...NO_RECORD])(
    '%s lets nobody in, is answered with 503 and told',
    async (_what, value) => {
      const onError = vi.fn()
      const server = await guardedServer(bearerAuth({ keys: () => give(value) as never, onError }))
      expect((await server.ask(KEY)).status).toBe(503)
      expect(server.passed).toHaveLength(0)
      expect(onError).toHaveBeenCalledTimes(1)
      const [error, context] = onError.mock.calls[0] as [{ cause: unknown }, object]
      expect(error.cause).toBeInstanceOf(Error)
      expect(context).toMatchObject({
        stage: 'bearerAuth',
        requestId: expect.stringMatching(/^req_/) as string,
      })
    },
  )

  test.each([
    ['undefined', undefined],
    ['null', null],
    ['a record of another key', { key: 'sk-2', id: 'two' }],
    ['a record of another hash', { hash: hashKey('sk-2'), id: 'two' }],
  ])('%s knows no such key, and there is nothing to tell', async (_what, value) => {
    const onError = vi.fn()
    const server = await guardedServer(bearerAuth({ keys: () => give(value) as never, onError }))
    expect((await server.ask(KEY)).status).toBe(401)
    expect(onError).not.toHaveBeenCalled()
  })

  test.each([
    ['a row', { id: 'one', created_at: 1, models: null }],
    ['an object of a class with the fields', new Entity()],
    ['an object without a prototype', Object.assign(Object.create(null) as object, { id: 'one' })],
    ['the key itself', { id: 'one', key: 'sk-1' }],
  ])('%s lets its owner in', async (_what, value) => {
    const server = await guardedServer(bearerAuth({ keys: () => give(value) as never }))
    expect((await server.ask(KEY)).body.principal).toMatchObject({ id: 'one', tenant: 'one' })
  })
})

describe.each(ways)('a host that gives %s', (_way, give) => {
  test.each([...NONSENSE, ['an id without a tenant', { id: 'one' }] as const])(
    '%s as a principal lets nobody in, is answered with 503 and told',
    async (_what, value) => {
      const onError = vi.fn()
      const identify = () => give(value) as never
      for (const feature of [
        hostIdentity(identify, { onError }),
        bearerAuth({ keys: ['sk-9'], identify, onError }),
      ]) {
        const server = await guardedServer(feature)
        expect((await server.ask()).status).toBe(503)
        expect(server.passed).toHaveLength(0)
      }
      expect(onError).toHaveBeenCalledTimes(2)
      expect(onError.mock.calls.map((told) => (told[1] as { stage: string }).stage)).toEqual([
        'hostIdentity',
        'bearerAuth',
      ])
    },
  )
})

test('what a lookup gives is explained to the operator, with the mend', async () => {
  const onError = vi.fn()
  const server = await guardedServer(bearerAuth({ keys: async () => [] as never, onError }))
  await server.ask(KEY)
  const { cause } = onError.mock.calls[0]![0] as { cause: ConfigError }
  expect(ConfigError.is(cause)).toBe(true)
  expect(cause.message).toMatch(/return the row itself/)
})
