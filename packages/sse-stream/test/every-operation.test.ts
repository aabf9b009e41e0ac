import { ApiError, ConfigError, createGate, type Batch, type Operation } from '@sluice/core'
import type { ChatCompletion, Message, Response } from '@sluice/core/wire'
import { TypedEventBatch, type TypedEvent } from '@sluice/sse-stream/internal'
import * as operators from '@sluice/sse-stream'
import { of, type OperatorFunction } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { batch, chunk, outcomeOf, read, run, usage } from './answers.ts'
import {
  ARGUMENTS,
  plainTranscription,
  quietAnswers,
  SECRET,
  streamedChat,
  streamedCompletion,
  streamedContent,
  streamedMessage,
  streamedResponse,
  streamedTranscription,
  textAnswers,
  wholeCompletion,
  wholeContent,
  wholeMessage,
  wholeResponse,
  wholeTranscription,
} from './operation-answers.ts'

const decoder = new TextDecoder()
const written = (batches: readonly Batch[]) =>
  batches.map(({ bytes }) => decoder.decode(bytes)).join('')
const pieces = (size: number) => (text: string) => text.match(new RegExp(`[^]{1,${size}}`, 'g'))!
const uncut = (text: string) => [text]
const events = (batches: readonly Batch[]) =>
  batches.flatMap((batch) => batch.chunks() as Record<string, unknown>[])

const { redact, reidentify, RedactionVault, meterUsage } = operators

describe.each([1, 5, 1000])('redact, with texts cut into pieces of %i', (size) => {
  it.each(textAnswers(pieces(size)))('lets nothing through of %s', (_name, _operation, batches) => {
    const { values, error, isComplete } = run(batches, redact({ patterns: { card: /\d{16}/ } }))
    expect([error, isComplete]).toEqual([undefined, true])
    expect(written(values)).not.toMatch(/4111|1{5}/)
    expect(written(values)).toContain('[card_1]')
    expect(values.filter((batch) => batch.usage !== undefined)).toHaveLength(
      batches.filter((one) => one.usage).length,
    )
  })

  it('says each text of a response the same way, however often it is said', () => {
    const { values } = run(streamedResponse(pieces(size)), redact({ patterns: { card: /\d{16}/ } }))
    const grown = new Map<string, string>()
    let compared = 0
    for (const { type, delta, output_index: at, ...event } of events(values)) {
      const stem = String(type).replace(/\.(?:delta|done)$/, '')
      const key = `${stem} ${String(at)}`
      if (typeof delta === 'string') grown.set(key, (grown.get(key) ?? '') + delta)
      else if (String(type).endsWith('.done') && grown.has(key)) {
        expect(Object.values(event)).toContain(grown.get(key))
        compared++
      }
    }
    expect(compared).toBe(10)
    const last = events(values).at(-1)!['response'] as {
      output: { arguments?: string; content?: { text: string }[] }[]
    }
    expect(last.output[1]!.content![0]!.text).toBe(grown.get('response.output_text 1'))
    expect(JSON.parse(last.output[2]!.arguments!)).toEqual({ card: '[card_1]', note: 'a "b"' })
  })

  it('numbers the events of a response without a gap', () => {
    const { values } = run(streamedResponse(pieces(size)), redact({ patterns: { card: /\d{16}/ } }))
    const numbers = events(values).map((event) => event['sequence_number'])
    expect(numbers).toEqual(numbers.map((_number, at) => at))
  })

  it.each(
    textAnswers(pieces(size)).filter(([name]) => name.includes('stream') || name.includes('plain')),
  )('is undone by reidentify in %s', (_name, _operation, batches) => {
    const vault = new RedactionVault()
    const { values } = run(
      run(batches, redact({ patterns: /\d{16}/, vault })).values,
      reidentify(vault),
    )
    expect(written(values)).toContain(SECRET)
    expect(written(values)).not.toContain('[redacted')
  })
})

describe('reidentify', () => {
  it.each(textAnswers(uncut))(
    'sends on %s as it came where there is nothing to put back',
    (_name, _op, batches) => {
      const { values } = run(batches, reidentify(new RedactionVault()))
      expect(values).toEqual(batches)
      values.forEach((value, at) => expect(value).toBe(batches[at]))
    },
  )
})

describe('redact', () => {
  it.each(quietAnswers())('lets %s through', (_name, batches) => {
    expect(written(run(batches, redact(/\d{16}/)).values)).toBe(written(batches))
  })

  it.each<[string, Record<string, unknown>, Record<string, unknown>, string]>([
    [
      'a part',
      { type: 'response.content_part.added', part: { type: 'output_text', text: 'pay 4111' } },
      { content_index: 0 },
      'output_text',
    ],
    [
      'arguments',
      {
        type: 'response.output_item.added',
        item: { type: 'function_call', id: 'i', arguments: '{"a":"4111' },
      },
      {},
      'function_call_arguments',
    ],
    [
      'a message',
      {
        type: 'response.output_item.added',
        item: { type: 'message', id: 'i', content: [{ type: 'output_text', text: 'pay 4111' }] },
      },
      { content_index: 0 },
      'output_text',
    ],
  ])('finds what begins in %s and goes on in deltas', (_name, begun, place, stem) => {
    const at = { output_index: 0, item_id: 'i', ...place }
    const batches = [
      new TypedEventBatch(
        { events: [{ ...begun, ...at, type: String(begun['type']), sequence_number: 0 }] },
        createGate(),
      ),
      new TypedEventBatch(
        {
          events: [
            { type: `response.${stem}.delta`, ...at, sequence_number: 1, delta: '111111111111"}' },
          ],
        },
        createGate(),
      ),
    ]
    const { values } = run<Batch, Batch>(batches, redact({ patterns: { card: /\d{16}/ } }))
    expect(written(values)).not.toContain('4111')
    expect(written(values)).toContain('[card_1]')
    const broken = run<Batch, Batch>(
      batches.slice(0, 1),
      redact({ patterns: { card: /\d{16}/ } }),
    ).values
    expect(events(broken).at(-1)).toMatchObject({
      type: `response.${stem}.delta`,
      ...at,
      sequence_number: 1,
      delta: '4111',
    })
  })

  it('gives up held text before a response breaks off', () => {
    const half = streamedResponse(pieces(5)).slice(0, 6)
    const { values, error } = run(half, redact(/\d{16}/), new Error('broken'))
    expect(
      events(values)
        .map(({ delta }) => (typeof delta === 'string' ? delta : ''))
        .join(''),
    ).toBe('pay 411111')
    expect(error).toEqual(new Error('broken'))
  })

  it('does not let a failure repeat what was asked', () => {
    const failure = new ApiError('invalid_request_error', {
      message: `No such card: ${SECRET}`,
      param: 'input',
    })
    const { error } = run<Batch, Batch>([], redact({ patterns: { card: /\d{16}/ } }), failure)
    expect(error).toMatchObject({
      message: 'No such card: [card_1]',
      param: 'input',
      status: failure.status,
    })
  })

  it('does not let the vendor’s own words for a failure repeat it either', () => {
    const body = { error: { message: 'No.', details: [`asked for ${SECRET}`] } }
    const native = { dialect: 'gemini', body } as const
    const failure = new ApiError('invalid_request_error', { message: 'No.', native })
    const { error } = run<Batch, Batch>([], redact({ patterns: { card: /\d{16}/ } }), failure)
    expect(error).toMatchObject({
      message: 'No.',
      native: { dialect: 'gemini', body: { error: { details: ['asked for [card_1]'] } } },
    })
  })

  it('finds in words and segments of a transcription what stands across them', () => {
    const { values } = run(
      wholeTranscription(),
      redact({ patterns: { card: /\d{8} ?\d{8}/, word: /pay 4/ } }),
    )
    expect(written(values)).not.toMatch(/41111|1{5}/)
  })
})

const WORKS_EVERYWHERE: [string, () => operators.ResponseOperator][] = [
  ['coalesce', () => operators.coalesce({ maxChars: 8 })],
  ['failIfTruncated', () => operators.failIfTruncated()],
  ['meterUsage', () => meterUsage(() => {})],
]
/** Operators that cannot work everywhere, with one operation on which they cannot. */
const LIMITED: [string, operators.ResponseOperator, Operation][] = [
  ['limitTokens', operators.limitTokens(3), 'audio.transcriptions'],
  ['limitTokens', operators.limitTokens(3), 'models.generateContent'],
  ['splitReasoning', operators.splitReasoning(), 'responses.create'],
  ['splitReasoning', operators.splitReasoning(), 'models.generateContent'],
  ['stopAt', operators.stopAt('now'), 'models.generateContent'],
  ['stopAt', operators.stopAt('now'), 'audio.transcriptions'],
]

describe.each(WORKS_EVERYWHERE)('%s', (_name, operator) => {
  it.each([
    ...textAnswers(pieces(3)).map(([name, , batches]) => [name, batches] as const),
    ...quietAnswers(),
  ])('says all of %s', (_answer, batches) => {
    const { values, error } = run(batches, operator())
    expect(error).toBeUndefined()
    const textOf = (list: readonly Batch[]) => list.map((batch) => batch.text()).join('')
    expect(textOf(values)).toBe(textOf(batches))
    expect(values.at(-1)?.usage).toEqual(batches.at(-1)?.usage)
  })
})

describe.each(LIMITED)('%s', (name, operator, refused) => {
  const elsewhere = textAnswers(uncut).filter(([, operation]) => operation === refused)
  it.each(elsewhere)('lets nothing of %s through, and says why', (_answer, operation, batches) => {
    const { values, error } = run(batches, operator)
    expect(values).toEqual([])
    expect(ConfigError.is(error) && error.code).toBe('ERR_SSE_STREAM_OPERATION')
    expect((error as Error).message).toContain(`${name}() cannot work on ${operation}`)
  })

  it('is refused for these operations when it is composed', () => {
    const compose = (operations?: readonly Operation[]) =>
      operators.interceptResponses({ name: 'x', operators: [operator], operations })
    expect(() => compose()).toThrow(`${name}() cannot work on`)
    expect(() => compose([refused])).toThrow(`${name}() cannot work on ${refused}`)
    expect(compose(['chat.completions', 'completions']).phase).toBe('guard')
  })

  it.each(quietAnswers())('lets %s through', (_answer, batches) => {
    expect(run(batches, operator).values).toEqual(batches)
  })
})

describe.each([1, 3, 1000])(
  'what ends a response early, with texts cut into pieces of %i',
  (size) => {
    const ended = (operator: operators.ResponseOperator, batches: readonly Batch[]) => {
      const { values, isComplete } = run(batches, operator)
      expect(isComplete).toBe(true)
      const response = (values[0]!.document() ?? events(values).at(-1)!['response']) as Response
      return { values, response, output: response.output as unknown as Record<string, unknown>[] }
    }
    const message = {
      type: 'message',
      content: [{ type: 'output_text', text: 'pay ', logprobs: [] }],
    }

    it.each<[string, Batch[]]>([
      ['a whole response', wholeResponse()],
      ['a streamed response', streamedResponse(pieces(size))],
    ])('stopAt ends %s in its text', (_name, batches) => {
      const { response, output, values } = ended(operators.stopAt(['41', 'never']), batches)
      expect(response).toMatchObject({ status: 'completed', incomplete_details: null })
      expect(output).toHaveLength(2)
      expect(output[1]).toMatchObject({ ...message, status: 'completed' })
      expect(run(values, operators.pickText()).values.join('')).toBe('pay ')
    })

    it.each<[string, Batch[]]>([
      ['a whole response', wholeResponse()],
      ['a streamed response', streamedResponse(pieces(size))],
    ])('limitTokens ends %s in whatever it says', (_name, batches) => {
      // The thoughts are 24 characters each, twice; then the text begins.
      const { response, output } = ended(operators.limitTokens(15), batches)
      expect(response).toMatchObject({
        status: 'incomplete',
        incomplete_details: { reason: 'max_output_tokens' },
      })
      expect(output[1]).toMatchObject({
        ...message,
        status: 'incomplete',
        content: [{ ...message.content[0], text: 'pay 41111111' }],
      })
      const inCall = ended(operators.limitTokens(26), batches)
      expect(inCall.output.at(-1)).toMatchObject({ type: 'function_call', status: 'incomplete' })
      expect(ARGUMENTS.startsWith(String(inCall.output.at(-1)!['arguments']))).toBe(true)
    })

    it('tells of each end in the order in which clients wait for it, and numbers them on', () => {
      const { values } = ended(operators.stopAt('41'), streamedResponse(pieces(size)))
      const types = events(values).map(({ type }) => type)
      expect(types.slice(-4)).toEqual([
        'response.output_text.done',
        'response.content_part.done',
        'response.output_item.done',
        'response.completed',
      ])
      expect(events(values).map((event) => event['sequence_number'])).toEqual(
        types.map((_type, at) => at),
      )
    })

    it('leaves a response alone that does not come to it', () => {
      for (const batches of [wholeResponse(), wholeMessage(), streamedResponse(pieces(size))]) {
        const { values } = run(batches, operators.stopAt('xyz'))
        expect(written(values)).toBe(written(batches))
        expect(run(batches, operators.limitTokens(10_000)).values).toEqual(batches)
      }
    })

    it('stops in a text that was never told in deltas', () => {
      const batches = streamedResponse(uncut).filter(
        (batch) => !written([batch]).includes('output_text.delta'),
      )
      const { response } = ended(operators.stopAt('41'), batches)
      expect(response.output[1]).toMatchObject(message)
    })
  },
)

describe.each([1, 3, 1000])(
  'what ends a message early, with texts cut into pieces of %i',
  (size) => {
    const kinds: [string, () => Batch[]][] = [
      ['a whole message', wholeMessage],
      ['a streamed message', () => streamedMessage(pieces(size))],
    ]
    const ended = (operator: operators.ResponseOperator, batches: readonly Batch[]) => {
      const { values, isComplete } = run(batches, operator)
      expect(isComplete).toBe(true)
      const [message] = run<Batch, unknown>(values, operators.accumulate()).values as Message[]
      return { values, message: message! }
    }

    it.each(kinds)('stopAt ends %s in its text', (_name, make) => {
      const { values, message } = ended(operators.stopAt(['41', 'never']), make())
      expect(message.stop_reason).toBe('end_turn')
      expect(message.content.at(-1)).toMatchObject({ type: 'text', text: 'pay ' })
      expect(run(values, operators.pickText()).values.join('')).toBe('pay ')
    })

    it.each(kinds)('limitTokens ends %s in whatever it says', (_name, make) => {
      // The thoughts are 24 characters.
      const { message } = ended(operators.limitTokens(3), make())
      expect(message).toMatchObject({
        stop_reason: 'max_tokens',
        content: [{ type: 'thinking', thinking: 'pay 41111111' }],
      })
    })

    it('tells of each end in the order in which clients wait for it', () => {
      const { values } = ended(operators.stopAt('41'), streamedMessage(pieces(size)))
      expect(
        events(values)
          .slice(-3)
          .map(({ type }) => type),
      ).toEqual(['content_block_stop', 'message_delta', 'message_stop'])
    })

    it.each(kinds)('leaves %s alone that does not come to it', (_name, make) => {
      const batches = make()
      expect(written(run(batches, operators.stopAt('xyz')).values)).toBe(written(batches))
      expect(run(batches, operators.limitTokens(10_000)).values).toEqual(batches)
    })

    it('redact tells a call in JSON, and blocks in their places', () => {
      const { values } = run(
        streamedMessage(pieces(size)),
        redact({ patterns: { card: /\d{16}/ } }),
      )
      const [message] = run<Batch, unknown>(values, operators.accumulate()).values as Message[]
      expect(message!.content.map(({ type }) => type)).toEqual([
        'thinking',
        'redacted_thinking',
        'server_tool_use',
        'web_search_tool_result',
        'text',
        'tool_use',
      ])
      expect(message!.content[0]).toEqual({
        type: 'thinking',
        thinking: 'pay [card_1] now',
        signature: 'EqQB',
      })
      expect(message!.content.at(-1)).toEqual({
        type: 'tool_use',
        id: 'call_1',
        name: 'pay',
        input: { card: '[card_1]', note: 'a "b"' },
      })
    })
  },
)

describe('operators on legacy completions', () => {
  it('stopAt ends each choice before the sequence', () => {
    const { values } = run(streamedCompletion(pieces(2)), operators.stopAt('now', { choices: 2 }))
    const said = ['', '']
    for (const chunk of events(values)) {
      for (const choice of chunk['choices'] as { index: number; text: string }[])
        said[choice.index] += choice.text
    }
    expect(said).toEqual([`pay ${SECRET} `, `pay ${SECRET} `])
  })

  it('limitTokens cuts a whole one and says so', () => {
    const { values } = run(wholeCompletion(), operators.limitTokens(1))
    expect(values[0]!.document()).toMatchObject({
      object: 'text_completion',
      choices: [
        { index: 0, finish_reason: 'length', logprobs: null },
        { index: 1, finish_reason: 'length' },
      ],
      usage,
    })
  })
})

describe('what only looks', () => {
  it.each<[string, Batch[]]>([
    ['a whole response', wholeResponse()],
    ['a streamed response', streamedResponse(pieces(4))],
    ['a whole content', wholeContent()],
    ['a streamed content', streamedContent(pieces(4))],
  ])('reads thoughts, text and calls of %s', (_name, batches) => {
    const text = `pay ${SECRET} now`
    expect(run(batches, operators.pickText()).values.join('')).toBe(text)
    const times = batches.some((one) => written([one]).includes('candidates')) ? 1 : 2
    expect(run(batches, operators.pickReasoning()).values.join('')).toBe(text.repeat(times))
    const card = JSON.stringify({ card: SECRET, note: 'a "b"' })
    expect(run(batches, operators.collectToolCalls()).values).toEqual([
      { id: 'call_1', type: 'function', function: { name: 'pay', arguments: card } },
    ])
  })

  it.each<[string, Batch[]]>([
    ['a whole message', wholeMessage()],
    ['a streamed message', streamedMessage(pieces(4))],
  ])('reads thoughts, text and calls of %s', (_name, batches) => {
    const text = `pay ${SECRET} now`
    expect(run(batches, operators.pickText()).values.join('')).toBe(text)
    expect(run(batches, operators.pickReasoning()).values.join('')).toBe(text)
    expect(run(batches, operators.collectToolCalls()).values).toEqual([
      { id: 'call_1', type: 'function', function: { name: 'pay', arguments: ARGUMENTS } },
    ])
  })

  it('collectToolCalls and accumulate put the input of a custom tool together', () => {
    const call = {
      id: 'call_2',
      type: 'custom',
      custom: { name: 'write', input: `pay ${SECRET} now` },
    }
    const [, collected] = run(streamedChat(pieces(4)), operators.collectToolCalls()).values
    expect(collected).toEqual(call)
    const merged = run<Batch, Batch>(
      streamedChat(pieces(4)),
      operators.coalesce({ maxChars: 4096 }),
    ).values
    expect(run(merged, operators.collectToolCalls()).values[1]).toEqual(call)
    const [chat] = run<Batch, unknown>(streamedChat(pieces(4)), operators.accumulate())
      .values as ChatCompletion[]
    expect(chat!.choices[0]!.message.tool_calls![1]).toEqual(call)
  })

  it('limitTokens counts the input of a custom tool', () => {
    const input = (text: string) => chunk({ tool_calls: [{ index: 0, custom: { input: text } }] })
    const { values } = run([batch(input('pay it n')), batch(input('ow'))], operators.limitTokens(2))
    expect(read(values)[0]).toMatchObject({
      finish_reason: 'length',
      message: { tool_calls: [{ custom: { input: 'pay it n' } }] },
    })
  })

  it.each<[string, Batch[], string]>([
    ['completion', streamedCompletion(pieces(4)), 'choices'],
    ['response', streamedResponse(pieces(4)), 'output'],
    ['content', streamedContent(pieces(4)), 'candidates'],
    ['message', streamedMessage(pieces(4)), 'content'],
    ['transcription', streamedTranscription(pieces(4)), 'text'],
  ])('accumulate gives the whole %s', (_name, batches, field) => {
    const { values } = run<Batch, unknown>(batches, operators.accumulate())
    expect(values).toHaveLength(1)
    expect(values[0]).toHaveProperty(field)
    expect(JSON.stringify(values[0])).toContain(`pay ${SECRET} now`)
  })

  it.each([
    ['completion', streamedCompletion(pieces(4)).slice(0, 3)],
    ['response', streamedResponse(pieces(4)).slice(0, -1)],
    ['content', streamedContent(pieces(4)).slice(0, 5)],
    ['message', streamedMessage(pieces(4)).slice(0, -2)],
    ['transcription', streamedTranscription(pieces(4)).slice(0, 2)],
  ])('failIfTruncated and accumulate know a %s that broke off', (_name, batches) => {
    expect(run(batches, operators.failIfTruncated()).error).toMatchObject({
      code: 'stream_incomplete',
    })
    expect(run<Batch, unknown>(batches, operators.accumulate()).error).toMatchObject({
      code: 'stream_incomplete',
    })
  })

  it.each<[string, () => Batch[]]>([
    ['completion', () => streamedCompletion(pieces(4))],
    ['response', () => streamedResponse(pieces(4))],
    ['content', () => streamedContent(pieces(4))],
    ['chat', () => streamedChat(pieces(4))],
  ])('meterUsage takes what the %s says, and estimates what it does not', (_name, make) => {
    const metered: operators.MeteredUsage[] = []
    run(
      make(),
      meterUsage((one) => metered.push(one)),
    )
    run(
      make().slice(0, -1),
      meterUsage((one) => metered.push(one)),
    )
    expect(metered).toMatchObject([
      { usage, isEstimated: false, outcome: 'complete' },
      { isEstimated: true, outcome: 'complete' },
    ])
    expect(metered[1]!.usage.completion_tokens).toBeGreaterThan(10)
  })

  it('meterUsage hears the seconds of a transcription', () => {
    const metered: operators.MeteredUsage[] = []
    run(
      wholeTranscription(),
      meterUsage((one) => metered.push(one)),
    )
    expect(metered).toMatchObject([{ seconds: 7, isEstimated: true }])
  })

  it('toSse ends a response as OpenAI does, without [DONE], and a completion with it', () => {
    const sse = (batches: Batch[], failure?: unknown) =>
      run<Batch, Uint8Array>(batches, operators.toSse(), failure)
        .values.map((bytes) => decoder.decode(bytes))
        .join('')
    expect(sse(streamedResponse(uncut))).toMatch(/"type":"response\.completed".*\n\n$/)
    expect(sse(streamedMessage(uncut))).toMatch(/"type":"message_stop"\}\n\n$/)
    expect(sse(streamedMessage(uncut).slice(0, 3), new Error('x'))).toMatch(
      /event: error\ndata: \{"type":"error","error":\{"type":"api_error"/,
    )
    expect(sse(streamedCompletion(uncut))).toMatch(/data: \[DONE\]\n\n$/)
    expect(sse(streamedResponse(uncut).slice(0, 3), new Error('x'))).toMatch(
      /event: error\ndata: \{[^\n]*"type":"error"/,
    )
  })

  it.each<[string, OperatorFunction<Batch, unknown>]>([
    ['toSse', operators.toSse()],
    ['eachChunk', operators.eachChunk()],
  ])('%s refuses a whole answer that has no chunks', (_name, operator) => {
    for (const batches of [wholeResponse(), wholeTranscription(), plainTranscription(uncut)]) {
      expect(run(batches, operator).error).toMatchObject({ code: 'ERR_SSE_STREAM_OPERATION' })
    }
  })
})

describe("a response in Gemini's form", () => {
  it('has each text filtered by itself, its signatures and data left alone', () => {
    const { values } = run(streamedContent(pieces(5)), redact({ patterns: { card: /\d{16}/ } }))
    const [whole] = run<Batch, unknown>(values, operators.accumulate()).values as [
      { candidates: { content: { parts: unknown[] }; logprobsResult: unknown }[] },
    ]
    const call = {
      functionCall: { id: 'call_1', name: 'pay', args: { card: '[card_1]', note: 'a "b"' } },
      thoughtSignature: 'c2ln',
    }
    for (const { content, logprobsResult } of whole.candidates) {
      expect(content.parts).toEqual([
        { text: 'pay [card_1] now', thought: true },
        { text: 'pay [card_1] now' },
        call,
        { text: '' },
      ])
      expect(logprobsResult).toBeNull()
    }
  })

  it('gives up what was held back where it breaks off', () => {
    const half = streamedContent(pieces(5)).slice(0, 3)
    const { values, error } = run(half, redact(/\d{16}/), new Error('broken'))
    const parts = events(values).flatMap(
      (event) => (event['candidates'] as { content: { parts: unknown[] } }[])[0]!.content.parts,
    )
    expect(parts.at(-1)).toEqual({ text: expect.stringMatching(/^4/) as string, thought: true })
    expect(error).toEqual(new Error('broken'))
  })
})

describe('what only chat has', () => {
  const sources = textAnswers(uncut).filter(
    ([name]) => name.includes('streamed') && !name.includes('chat'),
  )
  it.each(sources)(
    'fromEvents does not read %s as if it were a chat',
    (_name, _operation, batches) => {
      const { values, error } = outcomeOf(
        operators.fromEvents(of(...batches.map(({ bytes }) => bytes))),
      )
      expect(values).toEqual([])
      expect(error).toMatchObject({
        code: 'upstream_invalid_response',
        cause: { code: 'ERR_SSE_STREAM_OPERATION' },
      })
    },
  )

  it('toChunks says that it cannot take a response apart', () => {
    const [batch] = wholeResponse()
    const { error } = run([batch!.document() as ChatCompletion], operators.toChunks())
    expect(error).toMatchObject({
      code: 'ERR_SSE_STREAM_OPERATION',
      message: expect.stringContaining('responses.create') as string,
    })
  })
})

describe('smooth', () => {
  it('paces the texts of a response, keeps its order and numbers it anew', async () => {
    const batches = streamedResponse(uncut)
    const given: Batch[] = []
    const { Observable, from } = await import('rxjs')
    await new Promise<void>((resolve, reject) => {
      const source = new Observable<Batch>((subscriber) => from(batches).subscribe(subscriber))
      source
        .pipe(operators.smooth({ intervalMs: 1 }))
        .subscribe({ next: (batch) => given.push(batch), complete: resolve, error: reject })
    })
    const deltas = events(given).filter(({ type }) => type === 'response.output_text.delta')
    expect(deltas.map(({ delta }) => delta).join('')).toBe(`pay ${SECRET} now`)
    expect(deltas.length).toBeGreaterThan(2)
    expect(events(given).map((event) => event['sequence_number'])).toEqual(
      events(given).map((_event, at) => at),
    )
    expect((events(given).at(-1) as unknown as TypedEvent).type).toBe('response.completed')
    expect(given.at(-1)!.usage).toEqual(usage)
  })
})
