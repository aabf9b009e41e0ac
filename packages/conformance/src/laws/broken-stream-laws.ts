import assert from 'node:assert/strict'
import { ApiError, call } from '@sluice/core'
import { faultStream, type FaultStep } from '../fault-vendor/fault-step.ts'
import type { ProviderFixture } from '../fixtures/provider-fixture.ts'
import { splitAtEvents } from '../fuzzing/split-bytes.ts'
import { againstVendor, soon } from './against-vendor.ts'
import { asStream, hasGoodStream } from './chat-params.ts'
import { collect } from './collect.ts'
import { decodeStream, isFinished } from './decode-stream.ts'
import { assertGolden } from './golden.ts'
import type { FixtureLaw, ProviderSubject } from './provider-subject.ts'

const ENDINGS: readonly { readonly how: string; readonly steps?: readonly FaultStep[] }[] = [
  { how: 'ends in good order' },
  { how: 'closes the connection', steps: [{ do: 'half-close' }] },
  // What is still under way when a connection is reset may be lost; the client is to see it first.
  { how: 'resets the connection', steps: [{ do: 'wait', ms: 20 }, { do: 'reset' }] },
]

/** A stream that stops in the middle never looks like a whole one, however it stops. */
export const brokenStreamLaws: readonly FixtureLaw[] = ENDINGS.map(({ how, steps }) => ({
  name: `fails, with what came until then, where the vendor ${how} in the middle of a stream`,
  applies: hasGoodStream,
  check: (subject: ProviderSubject, fixture: ProviderFixture) => {
    const events = unfinished(subject, fixture)
    const before = decodeStream(subject.spec.chat!, asStream(fixture, false), events).chunks
    const script = faultStream(events, steps === undefined ? {} : { finally: steps })
    return againstVendor(subject, [() => script], async (provider) => {
      const got = await soon(
        collect(provider(call('chat.completions', asStream(fixture, false)))),
        'the answer ends',
      )
      assert.ok(ApiError.is(got.error), 'it looks like a good end')
      assert.ok(got.error.status >= 500, 'it is no fault of the client’s')
      // Where a vendor tells no id or time, they are made up, and differ from run to run.
      const golden = before.map((chunk) => ({ ...chunk, id: '<any>', created: '<any>' }))
      assertGolden(got.chunks, golden, 'what came until then is delivered')
    })
  },
}))

/** As many events as there are before the answer is whole. */
function unfinished({ spec }: ProviderSubject, fixture: ProviderFixture): Uint8Array[] {
  const events = splitAtEvents(fixture.upstream.stream!)
  const kept = events.findIndex((_, at) =>
    isFinished(decodeStream(spec.chat!, asStream(fixture, false), events.slice(0, at + 1)).chunks),
  )
  return events.slice(0, kept)
}
