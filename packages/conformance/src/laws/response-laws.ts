import assert from 'node:assert/strict'
import { call, type Call } from '@sluice/core'
import type { ChatCompletion } from '@sluice/core/wire'
import { CompletionAccumulator } from '@sluice/sse-stream/internal'
import { faultResponse, faultStream } from '../fault-vendor/fault-step.ts'
import type { ProviderFixture } from '../fixtures/provider-fixture.ts'
import { splitAtRandom } from '../fuzzing/split-bytes.ts'
import { againstVendor, soon } from './against-vendor.ts'
import { asDocument, asStream, hasGoodStream, isChat } from './chat-params.ts'
import { collect, type Collected } from './collect.ts'
import { assertGolden } from './golden.ts'
import type { FixtureLaw, ProviderSubject } from './provider-subject.ts'

/** What the client gets, from socket to batches. */
export const responseLaws: readonly FixtureLaw[] = [
  {
    name: 'gives the golden chunks',
    applies: (fixture) => fixture.chunks !== undefined,
    async check(subject, fixture) {
      const got = await ask(subject, fixture, fixture.params)
      assertGolden(got.chunks, fixture.chunks, 'the chunks')
      assertGolden(errorOf(got), fixture.error, 'the failure behind the chunks')
    },
  },
  {
    name: 'gives the golden answer',
    applies: (fixture) =>
      fixture.completion !== undefined && fixture.upstream.document !== undefined,
    async check(subject, fixture) {
      const got = await ask(
        subject,
        fixture,
        isChat(fixture) ? asDocument(fixture) : fixture.params,
      )
      assert.equal(got.error, undefined)
      assertGolden(got.document, fixture.completion, 'the answer')
    },
  },
  {
    name: 'gives the golden error',
    applies: (fixture) => fixture.error !== undefined && fixture.chunks === undefined,
    async check(subject, fixture) {
      const got = await ask(subject, fixture, fixture.params)
      assert.deepEqual(got.chunks, [], 'nothing is delivered before the error')
      assertGolden(errorOf(got), fixture.error, 'the error')
    },
  },
  {
    name: 'says the same streamed and whole',
    applies: (fixture) => fixture.chunks !== undefined && fixture.completion !== undefined,
    async check(subject, fixture) {
      const accumulator = new CompletionAccumulator()
      for (const chunk of (await ask(subject, fixture, asStream(fixture, true))).chunks)
        accumulator.add(chunk)
      assertGolden(accumulator.result(), fixture.completion, 'the chunks put together')
    },
  },
  {
    name: 'tells what the answer cost though nobody asked, and keeps it from the client',
    applies: (fixture) => hasGoodStream(fixture) && usageOf(fixture) !== undefined,
    async check(subject, fixture) {
      const got = await ask(subject, fixture, asStream(fixture, false))
      assertGolden(got.usage, usageOf(fixture), 'the usage')
      assert.ok(
        got.chunks.every((chunk) => chunk.choices.length > 0),
        'no usage chunk',
      )
    },
  },
]

/** Asks the provider, and lets the vendor answer with the recorded bytes, cut at random. */
async function ask(
  subject: ProviderSubject,
  { operation, upstream, name }: ProviderFixture,
  params: Readonly<Record<string, unknown>>,
): Promise<Collected> {
  const streamed =
    params['stream'] === true
      ? (upstream.stream ?? upstream.document)
      : (upstream.document ?? upstream.stream)
  assert.ok(streamed, `the case ${name} has no answer`)
  const script =
    streamed === upstream.stream
      ? faultStream(splitAtRandom(streamed, subject.seed), { status: upstream.status })
      : faultResponse(upstream.status, streamed)
  let got: Collected | undefined
  await againstVendor(subject, [() => script], async (provider) => {
    got = await soon(collect(provider(call(operation, params as never) as Call)), 'the answer ends')
  })
  return got!
}

function errorOf({ error }: Collected): unknown {
  return error === undefined ? undefined : { status: error.status, ...error.toBody().error }
}

function usageOf(fixture: ProviderFixture): unknown {
  const last = fixture.chunks?.findLast(
    (chunk) => chunk.usage !== undefined && chunk.usage !== null,
  )
  return last?.usage ?? (fixture.completion as ChatCompletion | undefined)?.usage
}
