import assert from 'node:assert/strict'
import { call, type Call } from '@sluice/core'
import { faultResponse } from '../fault-vendor/fault-step.ts'
import type { ProviderFixture } from '../fixtures/provider-fixture.ts'
import { againstVendor, BASE_PATH, soon, VENDOR_KEY } from './against-vendor.ts'
import { chatParams, isChat } from './chat-params.ts'
import { collect } from './collect.ts'
import { decodeStream } from './decode-stream.ts'
import { encodedBody } from './encoded-body.ts'
import { assertGolden } from './golden.ts'
import type { EncodedUnderTest, FixtureLaw, ProviderSubject } from './provider-subject.ts'

/** What goes to the vendor. */
export const requestLaws: readonly FixtureLaw[] = [
  {
    name: 'writes the golden request',
    applies: () => true,
    check(subject, fixture) {
      const encoded = encode(subject, fixture)
      assertGolden(encodedBody(fixture.params, encoded), fixture.request.body, 'the body')
      assert.equal(encoded.path, fixture.request.path, 'the path')
    },
  },
  {
    name: 'sends the golden request, with its key, and nothing before somebody subscribes',
    applies: () => true,
    check: (subject, fixture) =>
      againstVendor(
        subject,
        [() => faultResponse(500, '{}'), () => faultResponse(500, '{}')],
        async (provider, vendor) => {
          const bytes = new TextEncoder().encode(JSON.stringify(fixture.params))
          for (const body of [bytes, undefined]) {
            const ask = () =>
              provider(call(fixture.operation, fixture.params as never, { body }) as Call)
            const before = vendor.requests.length
            const sent = vendor.next()
            void ask()
            await soon(collect(ask()), 'an error answer ends the call')
            assert.equal(
              vendor.requests.length,
              before + 1,
              'something is sent before somebody subscribes',
            )
            const request = await sent
            assert.equal(request.path, BASE_PATH + fixture.request.path)
            assertGolden(request.json, fixture.request.body, 'the body on the wire')
            assert.match(request.headers['content-type'] ?? '', /^application\/json/)
            for (const [name, value] of Object.entries(subject.spec.auth(VENDOR_KEY))) {
              assert.equal(request.headers[name.toLowerCase()], value, `the header ${name}`)
            }
          }
        },
      ),
  },
  {
    name: 'leaves the params as they are',
    applies: () => true,
    check(subject, fixture) {
      const before = JSON.stringify(fixture.params)
      const frozen = deepFreeze(structuredClone(fixture.params))
      encode(subject, { ...fixture, params: frozen })
      const { chat } = subject.spec
      if (isChat(fixture) && chat !== undefined) {
        const { stream, document } = fixture.upstream
        const params = chatParams({ ...fixture, params: frozen })
        if (stream !== undefined) decodeStream(chat, params, [stream])
        if (document !== undefined && fixture.completion !== undefined) {
          chat.decode(JSON.parse(new TextDecoder().decode(document)), params, {
            model: params.model,
            stream: false,
          })
        }
      }
      assert.equal(JSON.stringify(frozen), before)
    },
  },
]

function encode({ spec }: ProviderSubject, fixture: ProviderFixture): EncodedUnderTest {
  const params = fixture.params
  const context = { model: String(params['model']), stream: params['stream'] === true }
  const dialect = isChat(fixture) ? spec.chat : spec.embeddings
  assert.ok(
    dialect,
    `${spec.id} does not do ${fixture.operation}, but has the case ${fixture.name} of it`,
  )
  return dialect.encode(params as never, context)
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.freeze(value)
    for (const member of Object.values(value)) deepFreeze(member)
  }
  return value
}
