import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../../test/support/runs.ts'
import type { ChatDecoder } from '@sluice/sse-stream/internal'
import { bytes, cutAt, translate } from '../support.ts'

const head = '"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"m"'
const event = (rest: string) => `data: {${head},${rest}}`
const content = (text: string, more = '') =>
  event(
    `"choices":[{"index":0,"delta":{"content":${JSON.stringify(text)}},"logprobs":null,"finish_reason":null}]${more}`,
  )
const role = event(
  '"choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]',
)
const stop = event('"choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]')
const usage = event(
  '"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}',
)
const words = [
  'Hello',
  ' "quoted" \\ back',
  ' 你好',
  ' 😀 🏳️‍🌈',
  '\n\ndata: [DONE]\n\n',
  '\u0001\u2028',
  ' end',
]
const events = [role, ...words.map((word) => content(word)), stop, usage, 'data: [DONE]']
const stream = (end: string, list = events) => bytes(list.map((one) => one + end + end).join(''))
const expected = words.join('')

const whole = translate([stream('\n')])

describe('ChatStreamDecoder', () => {
  it('sends OpenAI’s own events on as they came, without usage and end', () => {
    const without = events
      .slice(0, -2)
      .map((one) => `${one}\n\n`)
      .join('')
    expect(whole.text).toBe(without)
    expect(whole.said).toBe(expected)
    expect(whole.usage).toEqual({ prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 })
    expect(whole.failure).toBeUndefined()
  })

  it('shows the usage chunk last, without choices, to who asked', () => {
    const { chunks, batches } = translate([stream('\n')], { includeUsage: true })
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 3 } })
    expect(batches.at(-1)?.usage?.total_tokens).toBe(3)
  })

  it('hands nothing on that comes after [DONE], in the same read or in the next', () => {
    const late = [role, content('a'), content('b'), 'data: [DONE]', content('c'), content('d')]
    const all = stream('\n', late)
    const { said } = translate([all])
    expect(said).toBe('ab')
    for (let at = 1; at < all.length; at++) expect(translate(cutAt(all, [at])).said).toBe(said)
  })

  it.each(['\n', '\r\n', '\r'])(
    'gives the same for every single split, with line ends %j',
    (end) => {
      const all = stream(end)
      for (let at = 1; at < all.length; at++) {
        const result = translate(cutAt(all, [at]))
        if (result.text !== whole.text || result.failure !== undefined)
          expect([at, result.text]).toEqual([at, whole.text])
      }
    },
  )

  it('gives the same for any splits, comments, ids, retries, names and a byte-order mark', () => {
    const noise = fc.constantFrom(
      '',
      ': ping\n',
      'id: 7\n',
      'retry: 10\n',
      ': a\n: b\n',
      ': ping\n\n',
    )
    fc.assert(
      fc.property(
        fc.array(noise, { minLength: events.length, maxLength: events.length }),
        fc.boolean(),
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.array(fc.nat(4000), { maxLength: 40 }),
        (noises, mark, end, offsets) => {
          const text = events.map((one, at) => `${noises[at]}${one}\n\n`).join('')
          const all = bytes((mark ? '\uFEFF' : '') + text.replaceAll('\n', end))
          const { text: written, said, failure, usage: cost } = translate(cutAt(all, offsets))
          expect([written, said, failure, cost]).toEqual([
            whole.text,
            expected,
            undefined,
            whole.usage,
          ])
        },
      ),
      { numRuns: runs(300) },
    )
  })

  it('survives bytes that come one by one', () => {
    const all = stream('\r\n')
    expect(
      translate(
        cutAt(
          all,
          Array.from({ length: all.length }, (_, at) => at),
        ),
      ).text,
    ).toBe(whole.text)
  })

  it('reads data over several lines, and a last event without its blank line', () => {
    const lines =
      'data: {"id":"a","object":"chat.completion.chunk","created":1,"model":"m",\ndata: "choices":[{"index":0,"delta":{"content":"x"},"finish_reason":null}]}'
    const { said, failure } = translate([bytes(`${lines}\n\n${stop}`)])
    expect([said, failure]).toEqual(['x', undefined])
  })

  it('sees text, chunks and frames alike', () => {
    for (const batch of translate(cutAt(stream('\n'), [700, 1300])).batches) {
      const parsed = new TextDecoder()
        .decode(batch.bytes)
        .split('\n\n')
        .filter(Boolean)
        .map((frame) => JSON.parse(frame.slice(6)) as unknown)
      const fresh = translate([stream('\n')])
      expect(fresh.failure).toBeUndefined()
      expect(batch.chunks()).toEqual(parsed)
    }
  })

  it('tells a known shape from one that only looks like it', () => {
    const broken = [
      content('a'),
      content('b'),
      content('c').replace('"c"', '"c" '),
      content('d').replace('"d"', '"d\\u00e9"'),
      content('e').replace('"e"', '"\\ud83d\\ude00"'),
      stop,
    ]
    const { said, failure } = translate([stream('\n', broken)])
    expect([said, failure]).toEqual(['abcdé😀', undefined])
  })

  it.each([
    ['a bad escape', content('x').replace('"x"', '"\\x"')],
    ['half an escape', content('x').replace('"x"', '"\\u12"')],
    ['a raw line end', content('x').replace('"x"', '"\u0007"')],
    ['a missing brace', content('x').slice(0, -1)],
    ['HTML', '<html>oops</html>\ndata: <b>'],
  ])('breaks the answer off at %s, with what came before it', (_name, bad) => {
    const { said, failure } = translate([
      stream('\n', [content('a'), content('b'), content('c'), bad, stop]),
    ])
    expect(said).toBe('abc')
    expect(failure?.code).toBe('stream_incomplete')
  })

  it('ends early with an error that can still be a status where nothing was said', () => {
    expect(translate([bytes('data: nonsense\n\n')]).failure?.code).toBe('upstream_invalid_response')
    expect(translate([bytes(': nothing\n\n')]).failure?.code).toBe('upstream_empty_stream')
    expect(translate([bytes(`${role}\n\n`)]).failure?.code).toBe('upstream_empty_stream')
    expect(translate([bytes('data: [DONE]\n\n')]).failure?.code).toBe('upstream_empty_stream')
  })

  it('holds the role back until something is said', () => {
    const { batches } = translate([
      bytes(`${role}\n\n`),
      bytes(`${content('x')}\n\n`),
      bytes(`${stop}\n\n`),
    ])
    expect(batches[0]!.chunks().map((chunk) => chunk.choices[0]?.delta)).toEqual([
      { role: 'assistant', content: '' },
      { content: 'x' },
    ])
  })

  it('holds it back no longer where the first texts are empty', () => {
    const parts = [role, content(''), content(''), content('x')].map((one) => bytes(`${one}\n\n`))
    expect(
      translate([...parts, bytes(`${content('y')}\n\n`)]).batches.map((batch) => batch.text()),
    ).toEqual(['x', 'y'])
    expect(translate([...parts, bytes('data: nonsense\n\n')]).said).toBe('x')
  })

  it('calls an answer cut short what it is, wherever it is cut', () => {
    const all = stream('\n', events.slice(0, -3))
    for (let at = role.length + content('Hello').length + 4; at <= all.length; at += 37) {
      const { failure } = translate([all.slice(0, at)])
      expect([at, failure?.code]).toEqual([at, 'stream_incomplete'])
    }
  })

  it('takes a finish reason, or [DONE], for an end', () => {
    expect(translate([stream('\n', [content('x'), stop])]).failure).toBeUndefined()
    const done = translate([stream('\n', [content('x'), 'data: [DONE]'])])
    expect([done.failure, done.chunks.at(-1)?.choices[0]?.finish_reason]).toEqual([
      undefined,
      'stop',
    ])
  })

  it('takes no finish reason for an end while more text follows, and lets nothing follow [DONE]', () => {
    const { said, chunks, failure } = translate([
      stream('\n', [
        content('a'),
        stop,
        stop,
        content('late'),
        stop,
        'data: [DONE]',
        content('later'),
        'data: junk',
      ]),
    ])
    expect([said, failure]).toEqual(['alate', undefined])
    expect(chunks.map((chunk) => chunk.choices[0]?.finish_reason)).toEqual([null, null, 'stop'])
  })

  it('lets no junk behind the last finish reason spoil the answer', () => {
    expect(translate([stream('\n', [content('a'), stop, 'data: junk'])]).failure).toBeUndefined()
  })

  it('does not believe the finish reasons of a stream that has told one in the middle', () => {
    const { said, failure } = translate([
      stream('\n', [content('a'), stop, content('b'), 'data: junk']),
    ])
    expect([said, failure?.code]).toEqual(['ab', 'stream_incomplete'])
  })

  it('keeps padding strings that change from event to event', () => {
    const list = ['aa', 'b', 'cccc', 'dd'].map((pad, at) =>
      content(`t${at}`, `,"obfuscation":"${pad}"`),
    )
    const { text, said } = translate([stream('\n', [...list, stop])])
    expect(said).toBe('t0t1t2t3')
    expect(text).toContain('"obfuscation":"cccc"')
  })

  it('knows events again that a vendor pads with spaces', () => {
    const padded = (text: string, spaces: number) =>
      `event: delta\ndata: {"d":{"t":${JSON.stringify(text)}}${' '.repeat(spaces)}}`
    let decoded = 0
    const decoder: ChatDecoder = {
      verbatim: [[{ from: ['d', 't'], to: ['choices', 0, 'delta', 'content'] }]],
      decode(json) {
        decoded++
        const { d } = json as { d?: { t: string } }
        return d === undefined ? [{ finishReason: 'stop' }] : [{ delta: { content: d.t } }]
      },
    }
    const texts = Array.from({ length: 40 }, (_, at) => ` word${at}`)
    const list = texts.map((text, at) => padded(text, (at * 7) % 13))
    const { said, failure } = translate([stream('\n', [...list, 'data: {}'])], { decoder })
    expect([said, failure]).toEqual([texts.join(''), undefined])
    expect(decoded).toBeLessThan(6)
    const cut = translate([stream('\n', [...list.slice(0, 9), list[9]!.slice(0, -1)])], { decoder })
    expect([cut.said, cut.failure?.code]).toEqual([texts.slice(0, 9).join(''), 'stream_incomplete'])
  })

  it('keeps the id, time and model of the first event', () => {
    const drift = [1, 2, 3].map((at) =>
      content(`t${at}`)
        .replace('1700000000', `170000000${at}`)
        .replace('chatcmpl-1', `chatcmpl-${at}`),
    )
    const { chunks } = translate([stream('\n', [...drift, stop])])
    expect(new Set(chunks.map((chunk) => `${chunk.id} ${chunk.created} ${chunk.model}`))).toEqual(
      new Set(['chatcmpl-1 1700000001 m']),
    )
  })

  it('tells choices apart that take turns', () => {
    const turn = (index: number, text: string) =>
      content(text).replace('"index":0', `"index":${index}`)
    const list = [0, 1, 0, 1, 0, 1].map((index, at) => turn(index, `${index}${at} `))
    const ends = [0, 1].map((index) => stop.replace('"index":0', `"index":${index}`))
    const { said, chunks, failure } = translate([stream('\n', [...list, ...ends])])
    expect([said, failure]).toEqual(['00 02 04 ', undefined])
    expect(chunks.filter((chunk) => chunk.choices[0]?.delta.role !== undefined)).toHaveLength(2)
  })

  it('refuses an event that never ends', () => {
    const { failure } = translate([bytes(`${content('a')}\n\ndata: "`), bytes('x'.repeat(5000))], {
      maxEventBytes: 4096,
    })
    expect(failure?.code).toBe('stream_incomplete')
  })

  it('spends no memory or time on comments', () => {
    const comments = bytes(': keep-alive\n\n'.repeat(50_000))
    const started = performance.now()
    expect(translate([comments, stream('\n')]).said).toBe(expected)
    expect(performance.now() - started).toBeLessThan(2000)
  })
})
