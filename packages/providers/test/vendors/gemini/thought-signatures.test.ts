import type { ChatCompletionMessageParam } from '@sluice/core/wire'
import { describe, expect, test } from 'vitest'
import { ThoughtSignatures } from '../../../src/vendors/gemini/thought-signatures.ts'
import { chat, completionOf, encode, events, response, SIGNATURE, translate } from './support.ts'

describe('ThoughtSignatures', () => {
  test('forgets what was not used for longest', () => {
    const signatures = new ThoughtSignatures({ maxEntries: 2 })
    signatures.remember('a', 'A')
    signatures.remember('b', 'B')
    signatures.recall('a')
    signatures.remember('c', 'C')
    expect(['a', 'b', 'c'].map((id) => signatures.recall(id))).toEqual(['A', undefined, 'C'])
  })

  test('keeps so many characters and no more', () => {
    const signatures = new ThoughtSignatures({ maxCharacters: 10 })
    signatures.remember('a', 'x'.repeat(6))
    signatures.remember('a', 'y'.repeat(4))
    signatures.remember('b', 'z'.repeat(6))
    expect(signatures.recall('a')).toBe('yyyy')
    signatures.remember('c', 'w')
    expect(['a', 'b', 'c'].map((id) => signatures.recall(id))).toEqual(['yyyy', undefined, 'w'])
    signatures.remember('d', 'v'.repeat(11))
    expect(signatures.recall('d')).toBeUndefined()
  })
})

describe('a conversation with calls', () => {
  const model = 'gemini-3.8-flash'
  const parts = [
    { functionCall: { name: 'look', args: { at: 1 } }, thoughtSignature: SIGNATURE },
    { functionCall: { name: 'look', args: { at: 2 } } },
  ]
  const answer = response(parts, { finishReason: 'STOP' })
  const asks: ChatCompletionMessageParam = { role: 'user', content: 'Hi' }
  const signaturesSent = (
    messages: readonly ChatCompletionMessageParam[],
    dialect = chat(),
    name = model,
  ) =>
    encode({ model: name, messages }, dialect).body.contents[1]!.parts.map(
      (part) => part.thoughtSignature,
    )

  /** What a plain OpenAI client keeps of an answer. */
  const plain = (message: ChatCompletionMessageParam): ChatCompletionMessageParam => ({
    role: 'assistant',
    content: message.content ?? null,
    tool_calls: message.tool_calls!.map(({ id, function: called }) => ({
      id,
      type: 'function',
      function: called!,
    })),
  })

  test.each([
    [
      'streamed',
      (dialect: ReturnType<typeof chat>) => translate([events(answer)], {}, dialect).completion,
    ],
    ['whole', (dialect: ReturnType<typeof chat>) => completionOf(answer, {}, dialect)],
  ])('comes back signed from a client that keeps only what OpenAI knows (%s)', (_, read) => {
    const dialect = chat()
    const { message } = read(dialect).choices[0]!
    expect(signaturesSent([asks, plain(message)], dialect)).toEqual([SIGNATURE, undefined])
  })

  test('comes back signed from a client that echoes whole messages, also at another instance', () => {
    const { message } = completionOf(answer).choices[0]!
    expect(signaturesSent([asks, message], chat())).toEqual([SIGNATURE, undefined])
  })

  test('keeps the signatures of one provider from another', () => {
    const { message } = completionOf(answer, {}, chat()).choices[0]!
    expect(signaturesSent([asks, plain(message)], chat(), 'gemini-2.5-flash')).toEqual([
      undefined,
      undefined,
    ])
  })

  test('says at Gemini 3 that the signature is missing, on the first call of a turn', () => {
    const { message } = completionOf(answer).choices[0]!
    expect(signaturesSent([asks, plain(message)])).toEqual([
      'skip_thought_signature_validator',
      undefined,
    ])
  })

  test('names a call by its signature where neither the call nor the answer has a name', () => {
    const parts = [
      { functionCall: { name: 'look' }, thoughtSignature: SIGNATURE },
      { functionCall: { name: 'look' } },
    ]
    const dialect = chat()
    const { message } = completionOf({ candidates: [{ content: { parts } }] }, {}, dialect)
      .choices[0]!
    const ids = message.tool_calls!.map((call) => call.id)
    expect(new Set(ids).size).toBe(2)
    expect(ids[0]).toContain('2lnbmF0dXJl')
    expect(signaturesSent([asks, plain(message)], dialect)).toEqual([SIGNATURE, undefined])
  })
})
