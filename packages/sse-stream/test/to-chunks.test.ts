import { createGate } from '@sluice/core'
import type { ChatCompletion } from '@sluice/core/wire'
import { accumulate, toChunks } from '@sluice/sse-stream'
import fc from 'fast-check'
import { of } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { chunksOf, completionOf, outcomeOf, run, usage } from './answers.ts'

const logprob = fc.record({
  token: fc.string(),
  logprob: fc.integer({ min: -20, max: 0 }),
  bytes: fc.constant(null),
  top_logprobs: fc.constant([]),
})
const toolCall = fc.record({
  id: fc.string({ minLength: 1 }),
  type: fc.constant('function' as const),
  function: fc.record({ name: fc.string({ minLength: 1 }), arguments: fc.json() }),
})
const said = fc.oneof(
  fc.record({ content: fc.string(), refusal: fc.constant(null) }),
  fc.record({ content: fc.constant(null), refusal: fc.string({ minLength: 1 }) }),
  fc.record({
    content: fc.option(fc.string({ minLength: 1 })),
    refusal: fc.constant(null),
    reasoning_content: fc.string({ minLength: 1 }),
    tool_calls: fc.array(toolCall, { minLength: 1, maxLength: 3 }),
  }),
)
const completions: fc.Arbitrary<ChatCompletion> = fc
  .array(
    fc.record({
      message: said.map((message) => ({ role: 'assistant' as const, ...message })),
      finish_reason: fc.constantFrom('stop', 'length', 'tool_calls', 'content_filter'),
      logprobs: fc.option(
        fc.record({ content: fc.array(logprob, { minLength: 1 }), refusal: fc.constant(null) }),
      ),
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((choices) => ({
    ...completionOf(''),
    system_fingerprint: 'fp_1',
    choices: choices.map((choice, index) => ({ index, ...choice })),
  }))

describe('toChunks', () => {
  it('is undone by accumulate', () => {
    fc.assert(
      fc.property(completions, fc.boolean(), (completion, includeUsage) => {
        const { values } = outcomeOf(of(completion).pipe(toChunks({ includeUsage }), accumulate()))
        expect(values).toEqual([completion])
      }),
    )
  })

  it('says the usage on a batch of its own and shows it only where it is asked for', () => {
    const hidden = run([completionOf('a')], toChunks()).values
    expect(hidden.map((batch) => batch.usage)).toEqual([undefined, usage])
    expect(hidden[1]?.bytes).toHaveLength(0)
    const shown = run([completionOf('a')], toChunks({ includeUsage: true })).values
    expect(chunksOf(shown).at(-1)).toMatchObject({ choices: [], usage })
  })

  it('gives batches with the gate of the call', () => {
    const gate = createGate()
    expect(
      run([completionOf('a')], toChunks({ gate })).values.every((batch) => batch.gate === gate),
    ).toBe(true)
  })
})
