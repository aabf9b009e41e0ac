import assert from 'node:assert/strict'
import { call } from '@sluice/core'
import type { ChatCompletionCreateParams } from '@sluice/core/wire'
import { faultHead, faultStream } from '../fault-vendor/fault-step.ts'
import type { Fault } from '../fault-vendor/faults.ts'
import type { ProviderFixture } from '../fixtures/provider-fixture.ts'
import { splitAtEvents } from '../fuzzing/split-bytes.ts'
import { againstVendor, soon } from './against-vendor.ts'
import { asDocument, asStream, hasGoodStream, isChat } from './chat-params.ts'
import { decodeStream } from './decode-stream.ts'
import type { ProviderLaw, ProviderSubject } from './provider-subject.ts'

const anyChat = ({ fixtures }: ProviderSubject): boolean => fixtures.some(isChat)
const anyStream = ({ fixtures }: ProviderSubject): boolean => fixtures.some(hasGoodStream)
const firstChat = ({ fixtures }: ProviderSubject): ProviderFixture => fixtures.find(isChat)!
const firstStream = ({ fixtures }: ProviderSubject): ProviderFixture =>
  fixtures.find(hasGoodStream)!

/** Who unsubscribes wants no more of it, and pays for no more of it. */
export const abortLaws: readonly ProviderLaw[] = [
  {
    name: 'closes the upstream when it is given up before the answer begins',
    applies: anyChat,
    check: (subject) =>
      closesWhileStalled(subject, asStream(firstChat(subject), false), () => [{ do: 'stall' }]),
  },
  {
    name: 'closes the upstream when it is given up in the middle of a stalled stream',
    applies: anyStream,
    check: async (subject) => {
      const fixture = firstStream(subject)
      const script = faultStream(meaningfulStart(subject, fixture), { finally: [{ do: 'stall' }] })
      await closesWhileStalled(subject, asStream(fixture, false), () => script, true)
    },
  },
  {
    name: 'closes the upstream when it is given up in the middle of a stalled whole answer',
    applies: anyChat,
    check: (subject) =>
      closesWhileStalled(subject, asDocument(firstChat(subject)), () => [
        {
          do: 'send',
          bytes: faultHead(200, { 'content-type': 'application/json', 'content-length': '1000' }),
        },
        { do: 'send', bytes: '{"id":' },
        { do: 'stall' },
      ]),
  },
]

async function closesWhileStalled(
  subject: ProviderSubject,
  params: ChatCompletionCreateParams,
  script: Fault,
  afterFirstBatch = false,
): Promise<void> {
  await againstVendor(subject, [script], async (provider, vendor) => {
    const told: string[] = []
    let onBatch: () => void = () => {}
    const firstBatch = new Promise<void>((resolve) => {
      onBatch = resolve
    })
    const subscription = provider(call('chat.completions', params)).subscribe({
      next: onBatch,
      error: (error: Error) => told.push(`failed: ${error.message}`),
      complete: () => told.push('completed'),
    })
    const request = await soon(vendor.next(), 'the request arrives')
    if (afterFirstBatch) await soon(firstBatch, 'the beginning of the answer arrives')
    assert.deepEqual(told, [], 'the answer is under way')
    subscription.unsubscribe()
    await soon(request.closed, 'the connection closes')
    assert.deepEqual(told, [], 'who has gone is told nothing more')
  })
}

/** As many events as it takes until a client would see something. */
function meaningfulStart({ spec }: ProviderSubject, fixture: ProviderFixture): Uint8Array[] {
  const events = splitAtEvents(fixture.upstream.stream!)
  const count = events.findIndex(
    (_, at) =>
      decodeStream(spec.chat!, asStream(fixture, false), events.slice(0, at + 1)).chunks.length > 0,
  )
  return events.slice(0, count + 1)
}
