import { readdirSync, readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { completionOf, events, MODEL, response, SIGNATURE, translate } from './support.ts'

const end = (reason = 'STOP') => ({ finishReason: reason })
const call = { functionCall: { name: 'look', args: {} } }

describe('why an answer ends', () => {
  test.each([
    ['STOP', 'stop'],
    ['MAX_TOKENS', 'length'],
    ['SAFETY', 'content_filter'],
    ['RECITATION', 'content_filter'],
    ['BLOCKLIST', 'content_filter'],
    ['PROHIBITED_CONTENT', 'content_filter'],
    ['SPII', 'content_filter'],
    ['LANGUAGE', 'content_filter'],
    ['MODEL_ARMOR', 'content_filter'],
    ['IMAGE_SAFETY', 'content_filter'],
    ['NO_IMAGE', 'stop'],
    ['MALFORMED_FUNCTION_CALL', 'stop'],
    ['OTHER', 'stop'],
    ['A_REASON_OF_TOMORROW', 'stop'],
  ])('%s is %s', (reason, finish) => {
    const [choice] = completionOf(response([{ text: 'Hi' }], end(reason))).choices
    expect(choice!.finish_reason).toBe(finish)
    const told = reason === 'STOP' || reason === 'MAX_TOKENS' ? undefined : reason
    expect(choice!['native_finish_reason']).toBe(told)
  })

  test.each([
    ['STOP', 'tool_calls'],
    ['OTHER', 'tool_calls'],
    ['MAX_TOKENS', 'length'],
    ['SAFETY', 'content_filter'],
  ])('%s after a call is %s', (reason, finish) => {
    expect(completionOf(response([call], end(reason))).choices[0]!.finish_reason).toBe(finish)
  })

  test('a blocked prompt is filtered, without a word', () => {
    const { choices, usage } = completionOf({
      promptFeedback: { blockReason: 'BLOCKLIST' },
      usageMetadata: { promptTokenCount: 3 },
    })
    expect(choices).toMatchObject([
      {
        finish_reason: 'content_filter',
        native_finish_reason: 'BLOCKLIST',
        message: { content: '' },
      },
    ])
    expect(usage).toMatchObject({ prompt_tokens: 3, completion_tokens: 0 })
  })

  test('a stream that ends without a reason is broken', () => {
    const { failure, chunks } = translate([events(response([{ text: 'Hi' }]))])
    expect(chunks[0]!.choices[0]!.delta.content).toBe('Hi')
    expect(failure).toMatchObject({ code: 'stream_incomplete' })
  })
})

describe('candidates', () => {
  test.each([1e308, -1, 1.5, 'x', null])(
    'stand where they come where their index is %j',
    (index) => {
      const candidates = [index, index].map((at) => ({
        index: at,
        content: { parts: [{ text: 'Hi' }] },
        ...end(),
      }))
      expect(completionOf({ candidates }).choices.map((choice) => choice.index)).toEqual([0, 1])
    },
  )
})

describe('usage', () => {
  test.each([
    [
      'adds tool prompts to the prompt and thoughts to the completion',
      {
        promptTokenCount: 10,
        toolUsePromptTokenCount: 5,
        candidatesTokenCount: 3,
        thoughtsTokenCount: 7,
        cachedContentTokenCount: 4,
        totalTokenCount: 25,
      },
      {
        prompt_tokens: 15,
        completion_tokens: 10,
        total_tokens: 25,
        prompt_tokens_details: { cached_tokens: 4, audio_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 7, audio_tokens: 0 },
      },
    ],
    [
      'counts sound on its own',
      {
        promptTokenCount: 9,
        promptTokensDetails: [
          { modality: 'TEXT', tokenCount: 2 },
          { modality: 'AUDIO', tokenCount: 7 },
        ],
        candidatesTokenCount: 1,
      },
      {
        prompt_tokens: 9,
        completion_tokens: 1,
        total_tokens: 10,
        prompt_tokens_details: { cached_tokens: 0, audio_tokens: 7 },
        completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
      },
    ],
    [
      'takes counts in quotes',
      { promptTokenCount: '9', candidatesTokenCount: '1' },
      {
        prompt_tokens: 9,
        completion_tokens: 1,
        total_tokens: 10,
        prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
      },
    ],
    ['says nothing where nothing was counted', { trafficType: 'ON_DEMAND' }, undefined],
  ])('%s', (_, usageMetadata, usage) => {
    expect(completionOf(response([{ text: 'Hi' }], end(), { usageMetadata })).usage).toEqual(usage)
  })

  test('keeps what only an earlier event counted', () => {
    const { completion } = translate([
      events(
        response(
          [{ text: 'H' }],
          {},
          { usageMetadata: { promptTokenCount: 8, thoughtsTokenCount: 2 } },
        ),
        response([{ text: 'i' }], end(), {
          usageMetadata: { candidatesTokenCount: 1, trafficType: 'ON_DEMAND' },
        }),
      ),
    ])
    expect(completion.usage).toMatchObject({ prompt_tokens: 8, completion_tokens: 3 })
  })
})

describe('parts', () => {
  test('arguments may come as their text', () => {
    const asText = { functionCall: { name: 'look', args: '{"at":"me"}' } }
    const [choice] = completionOf(response([asText], end())).choices
    expect(choice!.message.tool_calls![0]!.function!.arguments).toBe('{"at":"me"}')
  })

  test('candidates keep their numbers, though those are in quotes', () => {
    const one = (index: string, text: string) => ({
      index,
      content: { parts: [{ text }] },
      ...end(),
    })
    const { choices } = completionOf({ candidates: [one('1', 'b'), one('0', 'a')] })
    expect(choices.map(({ index, message }) => [index, message.content])).toEqual([
      [0, 'a'],
      [1, 'b'],
    ])
  })

  test('a source is told once, though each event says that the answer ends', () => {
    const grounded = {
      ...end(),
      groundingMetadata: { groundingChunks: [{ web: { uri: 'https://a', title: 'A' } }] },
    }
    const said = ['H', 'i', ''].map((text) => response([{ text }], grounded))
    const { message } = translate([events(...said)]).completion.choices[0]!
    expect([message.content, message.annotations?.length]).toEqual(['Hi', 1])
  })

  test('thoughts, text and calls of one event go their own ways', () => {
    const { completion } = translate([
      events(
        response(
          [
            { text: 'hm', thought: true },
            { text: 'A' },
            { text: 'B' },
            { ...call, thoughtSignature: SIGNATURE },
            call,
          ],
          end(),
        ),
      ),
    ])
    expect(completion.choices[0]!.message).toMatchObject({ content: 'AB', reasoning_content: 'hm' })
    expect(completion.choices[0]!.message.tool_calls).toHaveLength(2)
  })

  test('every event with several texts is read to its last', () => {
    const two = response([{ text: 'A' }, { text: 'B' }])
    const { completion } = translate([
      events(response([{ text: 'x' }]), two, two, two, response([], end())),
    ])
    expect(completion.choices[0]!.message.content).toBe('xABABAB')
  })

  test('running thoughts and running text are never mixed up', () => {
    const thought = (text: string) => response([{ text, thought: true }])
    const said = (text: string) => response([{ text }])
    const { completion } = translate([
      events(
        thought('a'),
        thought('b'),
        thought('c'),
        said('d'),
        said('e'),
        thought('f'),
        said('g'),
        response([], end()),
      ),
    ])
    expect(completion.choices[0]!.message).toMatchObject({
      reasoning_content: 'abcf',
      content: 'deg',
    })
  })

  test('sound becomes the audio of a message', () => {
    const { message } = completionOf(
      response(
        [{ inlineData: { mimeType: 'audio/L16;codec=pcm;rate=24000', data: 'AAAA' } }],
        end(),
      ),
    ).choices[0]!
    expect(message['audio']).toEqual({
      id: 'r3sp0nse',
      data: 'AAAA',
      expires_at: 0,
      transcript: '',
    })
  })

  test('code that Gemini ran itself, and whatever is not known, is passed over', () => {
    const parts = [
      { executableCode: { code: '1' } },
      { codeExecutionResult: { output: '1' } },
      { hologram: {} },
      null,
      'x',
      { text: 'Hi' },
    ]
    expect(completionOf(response(parts, end())).choices[0]!.message.content).toBe('Hi')
  })

  test('names come back as the client wrote them', () => {
    const tools = [{ type: 'function' as const, function: { name: 'a b' } }]
    const { message } = completionOf(response([{ functionCall: { name: 'a_b' } }], end()), {
      tools,
    }).choices[0]!
    expect(message.tool_calls![0]!.function).toEqual({ name: 'a b', arguments: '{}' })
  })

  test('calls in pieces are put together, also where the last piece never comes', () => {
    const piece = (functionCall: object) => response([{ functionCall }])
    const { completion } = translate([
      events(
        piece({ name: 'look', willContinue: true }),
        piece({
          partialArgs: [
            { jsonPath: "$.places[1]['the name']", stringValue: 'Zü', willContinue: true },
          ],
          willContinue: true,
        }),
        piece({
          partialArgs: [
            { jsonPath: "$.places[1]['the name']", stringValue: 'rich' },
            { jsonPath: '$.far', nullValue: 'NULL_VALUE' },
          ],
          willContinue: true,
        }),
        piece({
          partialArgs: [
            { jsonPath: '$.__proto__.polluted', boolValue: true },
            { jsonPath: '$.x[99999999]', numberValue: 1 },
            { jsonPath: '' },
          ],
          willContinue: true,
        }),
        piece({ name: 'rest', args: { a: 1 }, willContinue: true }),
        response([], end()),
      ),
    ])
    const calls = completion.choices[0]!.message.tool_calls!
    expect(calls.map((one) => one.function)).toEqual([
      {
        name: 'look',
        arguments:
          '{"places":[null,{"the name":"Zürich"}],"far":null,"__proto__":{"polluted":true},"x":[]}',
      },
      { name: 'rest', arguments: '{"a":1}' },
    ])
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })
})

describe('sources', () => {
  const text = 'Öl kostet 1 €. Gas auch.'
  const web = (uri: string, title?: string) => ({
    web: { uri, ...(title === undefined ? {} : { title }) },
  })
  const metadata = {
    groundingChunks: [
      web('https://a.example', 'A'),
      web('https://b.example'),
      { maps: { uri: 'https://m.example', title: 'M' } },
      {},
    ],
    groundingSupports: [
      { segment: { startIndex: 0, endIndex: 17 }, groundingChunkIndices: [0, 3] },
      {
        segment: { startIndex: 99, endIndex: 120, text: 'Gas auch.' },
        groundingChunkIndices: [1, 2, 17],
      },
      { groundingChunkIndices: [0] },
    ],
  }
  const marks = (answer: ReturnType<typeof completionOf>) =>
    answer.choices[0]!.message.annotations?.map(
      ({ url_citation: { url, title, start_index: from, end_index: to } }) => [
        url,
        title,
        text.slice(from, to),
      ],
    )
  const expected = [
    ['https://a.example', 'A', 'Öl kostet 1 €.'],
    ['https://b.example', 'https://b.example', 'Gas auch.'],
    ['https://m.example', 'M', 'Gas auch.'],
    ['https://a.example', 'A', ''],
  ]

  test('are placed by characters, though Gemini counts bytes', () => {
    const answer = completionOf(response([{ text }], { ...end(), groundingMetadata: metadata }))
    expect(marks(answer)).toEqual(expected)
    expect(answer.choices[0]!['grounding_metadata']).toEqual(metadata)
  })

  test('are placed in a stream too, where a search was asked for', () => {
    const parts = [text.slice(0, 9), text.slice(9, 12), text.slice(12)].map((one) =>
      response([{ text: one }]),
    )
    const last = response(undefined, { ...end(), groundingMetadata: metadata })
    for (const asked of [{ tools: [{ google_search: {} }] as never }, { web_search_options: {} }]) {
      expect(marks(translate([events(...parts, last)], asked).completion)).toEqual(expected)
    }
  })

  test('that come before the end are told at the end', () => {
    const { chunks } = translate(
      [events(response([{ text }], { groundingMetadata: metadata }), response(undefined, end()))],
      { web_search_options: {} },
    )
    expect(chunks.map((chunk) => chunk.choices[0]!.delta.annotations?.length)).toEqual([
      undefined,
      4,
    ])
  })

  test('without passages are told all the same', () => {
    const { groundingChunks } = metadata
    const answer = completionOf(
      response([{ text }], { ...end(), groundingMetadata: { groundingChunks } }),
    )
    expect(marks(answer)?.map(([url]) => url)).toEqual([
      'https://a.example',
      'https://b.example',
      'https://m.example',
    ])
  })

  test('of what is recited are sources too', () => {
    const citationMetadata = {
      citationSources: [
        { startIndex: 0, endIndex: 3, uri: 'https://c.example' },
        { startIndex: 0, endIndex: 3, license: 'mit' },
      ],
    }
    expect(marks(completionOf(response([{ text }], { ...end(), citationMetadata })))).toEqual([
      ['https://c.example', 'https://c.example', 'Öl'],
    ])
  })
})

describe('a failure', () => {
  const error = { code: 429, message: 'Quota exceeded', status: 'RESOURCE_EXHAUSTED' }

  test.each([
    ['an event of its own', [{ error }]],
    ['an event that is a list', [[{ error }]]],
  ])('inside a stream, as %s', (_, last) => {
    const { failure, chunks } = translate([events(response([{ text: 'Hi' }]), ...last)])
    expect(chunks).toHaveLength(1)
    expect(failure).toMatchObject({ status: 429, message: 'Quota exceeded' })
  })
})

describe('the whole answer', () => {
  test('may be the list of all responses', () => {
    const list = [response([{ text: 'H' }]), response([{ text: 'i' }], end())]
    expect(completionOf(list)).toMatchObject({
      id: 'r3sp0nse',
      model: MODEL,
      choices: [{ message: { content: 'Hi' }, finish_reason: 'stop' }],
    })
  })

  test.each([
    [null],
    [17],
    ['text'],
    [{}],
    [[]],
    [{ candidates: 'none' }],
    [{ candidates: [null, 3] }],
    [{ candidates: [{ content: 7 }] }],
  ])('of %j has no choices', (document) => {
    expect(completionOf(document).choices).toEqual([])
  })
})

describe('any split of the bytes', () => {
  const folder = new URL('../../fixtures/gemini/', import.meta.url)
  const streams = readdirSync(folder).filter((name) =>
    readdirSync(new URL(name, folder)).includes('upstream.sse'),
  )

  test.each(streams)('gives the same bytes: %s', (name) => {
    const bytes = new Uint8Array(readFileSync(new URL(`${name}/upstream.sse`, folder)))
    const whole = translate([bytes])
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 40 }), (places) => {
        const cuts = [0, ...places.toSorted((a, b) => a - b), bytes.length]
        const pieces = cuts.slice(1).map((cut, at) => bytes.subarray(cuts[at], cut))
        const split = translate(pieces)
        expect(split.bytes).toBe(whole.bytes)
        expect(split.failure?.message).toBe(whole.failure?.message)
      }),
      { numRuns: 60 },
    )
  })
})
