import type { ChatCompletionMessageParam } from '@sluice/core/wire'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Content } from '../../../src/vendors/gemini/content.ts'
import { contentsOf, encode, SIGNATURE } from './support.ts'

const call = (id: string, name = 'look', args = '{}') => ({
  id,
  type: 'function' as const,
  function: { name, arguments: args },
})
const asks: ChatCompletionMessageParam = { role: 'user', content: 'Hi' }

describe('turns', () => {
  const user = (text: string) => ({ role: 'user', parts: [{ text }] })
  const model = (text: string) => ({ role: 'model', parts: [{ text }] })
  const cases: readonly { name: string; given: ChatCompletionMessageParam[]; contents: unknown }[] =
    [
      {
        name: 'joins neighbours of one role',
        given: [asks, { role: 'user', content: 'there' }],
        contents: [{ role: 'user', parts: [{ text: 'Hi' }, { text: 'there' }] }],
      },
      {
        name: 'leaves empty messages out',
        given: [
          asks,
          { role: 'assistant', content: '' },
          { role: 'user', content: [] },
          { role: 'user', content: [{ type: 'text', text: '' }] },
        ],
        contents: [user('Hi')],
      },
      {
        name: 'puts a user in front where the assistant begins',
        given: [{ role: 'assistant', content: 'Hello' }, asks],
        contents: [user(' '), model('Hello'), user('Hi')],
      },
      {
        name: 'says something where there is nothing but a system message',
        given: [{ role: 'system', content: 'S' }],
        contents: [user(' ')],
      },
      { name: 'says something where there is nothing at all', given: [], contents: [user(' ')] },
      {
        name: 'hands a refusal on as what was said',
        given: [asks, { role: 'assistant', content: null, refusal: 'No.' }],
        contents: [user('Hi'), model('No.')],
      },
      {
        name: 'keeps thoughts of earlier turns to itself',
        given: [asks, { role: 'assistant', content: 'A', reasoning_content: 'hm' }],
        contents: [user('Hi'), model('A')],
      },
      {
        name: 'signs the last text of an echoed message',
        given: [
          asks,
          {
            role: 'assistant',
            content: 'A',
            extra_content: { google: { thought_signature: SIGNATURE } },
          },
        ],
        contents: [
          user('Hi'),
          { role: 'model', parts: [{ text: 'A', thoughtSignature: SIGNATURE }] },
        ],
      },
      {
        name: 'ignores a signature that cannot be one',
        given: [
          asks,
          {
            role: 'assistant',
            content: 'A',
            extra_content: { google: { thought_signature: 'not base64!' } },
          },
        ],
        contents: [user('Hi'), model('A')],
      },
    ]
  test.each(cases)('$name', ({ given, contents }) => {
    expect(contentsOf(given)).toEqual(contents)
  })

  test('gathers system and developer messages from wherever they stand', () => {
    const { body } = encode({
      messages: [
        { role: 'system', content: 'One' },
        asks,
        { role: 'developer', content: [{ type: 'text', text: 'Two' }] },
        { role: 'user', content: 'Go' },
      ],
    })
    expect(body.systemInstruction).toEqual({ parts: [{ text: 'One' }, { text: 'Two' }] })
    expect(body.contents).toEqual([{ role: 'user', parts: [{ text: 'Hi' }, { text: 'Go' }] }])
  })
})

describe('tool results', () => {
  const resultsOf = (contents: readonly Content[]) =>
    contents.flatMap(({ parts }) => parts.flatMap((part) => part.functionResponse ?? []))
  const afterCalls = (...messages: ChatCompletionMessageParam[]) =>
    contentsOf([
      asks,
      { role: 'assistant', tool_calls: [call('a'), call('b', 'fetch')] },
      ...messages,
    ])

  test('are put into the order of the calls, with their names and ids', () => {
    const contents = afterCalls(
      { role: 'tool', tool_call_id: 'b', content: 'B' },
      { role: 'tool', tool_call_id: 'a', content: 'A' },
    )
    expect(contents[2]).toEqual({
      role: 'user',
      parts: [
        { functionResponse: { id: 'a', name: 'look', response: { result: 'A' } } },
        { functionResponse: { id: 'b', name: 'fetch', response: { result: 'B' } } },
      ],
    })
  })

  test('stand in front of what else the user says, though it came earlier', () => {
    const contents = afterCalls(
      { role: 'user', content: 'Wait' },
      { role: 'tool', tool_call_id: 'a', content: 'A' },
      { role: 'tool', tool_call_id: 'b', content: 'B' },
    )
    expect(contents).toHaveLength(3)
    expect(contents[2]!.parts.map((part) => part.functionResponse?.name ?? part.text)).toEqual([
      'look',
      'fetch',
      'Wait',
    ])
  })

  test('that are missing are said to be missing', () => {
    for (const contents of [
      afterCalls(),
      afterCalls({ role: 'user', content: 'Never mind' }),
      afterCalls({ role: 'assistant', content: 'Well' }),
    ]) {
      expect(resultsOf(contents)).toEqual([
        { id: 'a', name: 'look', response: { error: 'No result was given for this call.' } },
        { id: 'b', name: 'fetch', response: { error: 'No result was given for this call.' } },
      ])
    }
  })

  test('that answer no call, or one a second time, become text', () => {
    const contents = contentsOf([
      asks,
      { role: 'tool', tool_call_id: 'x', content: 'lost' },
      { role: 'assistant', tool_calls: [call('a')] },
      { role: 'tool', tool_call_id: 'a', content: 'A' },
      { role: 'tool', tool_call_id: 'a', name: 'look', content: 'again' },
    ])
    expect(contents[0]!.parts.map((part) => part.text)).toEqual([
      'Hi',
      'A tool gave this result:',
      'lost',
    ])
    expect(contents[2]!.parts[0]!.functionResponse!.response).toEqual({ result: 'A' })
    expect(contents[2]!.parts.slice(1)).toEqual([
      { text: 'The tool look gave this result:' },
      { text: 'again' },
    ])
  })

  test('are known by the name of the function in the form that came before tool calls', () => {
    const contents = contentsOf([
      asks,
      { role: 'assistant', content: null, function_call: { name: 'look', arguments: '{"at":1}' } },
      { role: 'function', name: 'look', content: 'A' },
    ])
    expect(contents[1]!.parts[0]!.functionCall).toMatchObject({ name: 'look', args: { at: 1 } })
    expect(contents[2]!.parts[0]!.functionResponse).toMatchObject({
      name: 'look',
      response: { result: 'A' },
    })
  })

  test.each([
    ['an object as it is', '{"a": [1, {"b": "c d"}]}', { a: [1, { b: 'c d' }] }],
    [
      'an object whose numbers would change as text',
      '{"id": 12345678901234567890}',
      { result: '{"id": 12345678901234567890}' },
    ],
    [
      'an object whose spelling would change as text',
      '{"price": 1.0}',
      { result: '{"price": 1.0}' },
    ],
    ['a list as text', '[1,2]', { result: '[1,2]' }],
    ['plain text', 'it rains', { result: 'it rains' }],
    ['broken JSON', '{"a":', { result: '{"a":' }],
    ['nothing', '', { result: '' }],
  ])('hand on %s', (_, content, response) => {
    expect(
      resultsOf(afterCalls({ role: 'tool', tool_call_id: 'a', content }))[0]!.response,
    ).toEqual(response)
  })

  test('carry pictures inside them at Gemini 3, and beside them before', () => {
    const picture = { type: 'image_url' as const, image_url: { url: 'data:image/png;base64,AAAA' } }
    const messages: ChatCompletionMessageParam[] = [
      asks,
      { role: 'assistant', tool_calls: [call('a')] },
      { role: 'tool', tool_call_id: 'a', content: [{ type: 'text', text: 'see' }, picture] },
    ]
    const inlineData = { mimeType: 'image/png', data: 'AAAA' }
    const response = { id: 'a', name: 'look', response: { result: 'see' } }
    expect(contentsOf(messages, 'gemini-3.8-flash')[2]!.parts).toEqual([
      { functionResponse: { ...response, parts: [{ inlineData }] } },
    ])
    expect(contentsOf(messages, 'gemini-2.5-flash')[2]!.parts).toEqual([
      { functionResponse: response },
      { inlineData },
    ])
  })
})

describe('calls', () => {
  test.each([
    ['no arguments', '', {}],
    ['an object', '{"a":1}', { a: 1 }],
    ['what is not JSON', '{"a":', { arguments: '{"a":' }],
    ['what is no object', '[1]', { arguments: [1] }],
  ])('take %s', (_, text, args) => {
    const contents = contentsOf([
      asks,
      { role: 'assistant', tool_calls: [call('a', 'look', text)] },
    ])
    expect(contents[1]!.parts[0]!.functionCall!.args).toEqual(args)
  })
})

test('any conversation whatever becomes one that Gemini takes', () => {
  const id = fc.constantFrom('a', 'b', 'c')
  const text = fc.constantFrom('', ' ', 'text')
  const message = fc.oneof(
    fc.record({
      role: fc.constantFrom('user' as const, 'system' as const, 'developer' as const),
      content: text,
    }),
    fc.record({
      role: fc.constant('assistant' as const),
      content: text,
      tool_calls: fc.array(
        id.map((one) => call(one, `f_${one}`)),
        { maxLength: 3 },
      ),
    }),
    fc.record({ role: fc.constant('tool' as const), tool_call_id: id, content: text }),
  )
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 12 }),
      fc.constantFrom('gemini-2.5-flash', 'gemini-3-pro-preview'),
      (messages, model) => {
        const contents = contentsOf(messages, model)
        expect(contents[0]!.role).toBe('user')
        contents.forEach(({ role, parts }, at) => {
          expect(parts.length).toBeGreaterThan(0)
          if (at > 0) expect(role).not.toBe(contents[at - 1]!.role)
          for (const part of parts) expect(part.text).not.toBe('')
          const calls = parts.flatMap((part) => part.functionCall?.name ?? [])
          const answers = (contents[at + 1]?.parts ?? []).flatMap(
            (part) => part.functionResponse?.name ?? [],
          )
          expect(answers).toEqual(calls)
        })
      },
    ),
    { numRuns: 500 },
  )
})
