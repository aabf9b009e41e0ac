import assert from 'node:assert/strict'
import type { ProviderFixture } from '../fixtures/provider-fixture.ts'
import { hasGoodStream, isChat } from './chat-params.ts'
import type { ProviderLaw } from './provider-subject.ts'

const covers = (
  what: string,
  when: ProviderLaw['applies'],
  found: (fixture: ProviderFixture) => boolean,
): ProviderLaw => ({
  name: `has a golden case of ${what}`,
  applies: when,
  check: ({ spec, fixtures }) => {
    const names = fixtures.map((fixture) => fixture.name).join(', ')
    assert.ok(
      fixtures.some(found),
      `${spec.id} has none among: ${names === '' ? 'nothing at all' : names}`,
    )
  },
})
const chats: ProviderLaw['applies'] = ({ spec }) => spec.chat !== undefined
const callsTools: ProviderLaw['applies'] = ({ spec }) =>
  spec.chat !== undefined && !spec.chat.unsupportedParams.includes('tools')

/** A vendor without golden cases would keep every other law. */
export const coverageLaws: readonly ProviderLaw[] = [
  covers('a streamed text', chats, (fixture) => hasGoodStream(fixture)),
  covers('a whole answer', chats, (fixture) => isChat(fixture) && fixture.completion !== undefined),
  covers(
    'a streamed tool call',
    callsTools,
    (fixture) => hasGoodStream(fixture) && hasCall(fixture),
  ),
  covers('an error', chats, (fixture) => isChat(fixture) && fixture.error !== undefined),
  covers(
    'an embedding',
    ({ spec }) => spec.embeddings !== undefined,
    (fixture) => fixture.operation === 'embeddings',
  ),
]

function hasCall({ chunks = [] }: ProviderFixture): boolean {
  return chunks.some((chunk) =>
    chunk.choices.some((choice) => choice.delta.tool_calls !== undefined),
  )
}
