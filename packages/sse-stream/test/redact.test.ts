import { ConfigError, createGate } from '@sluice/core'
import type { ChatCompletionDelta } from '@sluice/core/wire'
import { redact, RedactionVault, type ChatBatch } from '@sluice/sse-stream'
import fc from 'fast-check'
import { Observable, Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  answerOf,
  batch,
  batchAt,
  callPart,
  chunk,
  chunksOf,
  completionOf,
  cut,
  documentOf,
  finish,
  outcomeOf,
  read,
  run,
  say,
  think,
  usageBatch,
} from './answers.ts'

const CARD = '4111111111111111'
const card = /\d{16}/

/** All that leaves, in the order in which it would be written. */
const written = (batches: readonly ChatBatch[]) =>
  batches.map(({ bytes }) => new TextDecoder().decode(bytes)).join('')

describe('redact', () => {
  it.each([1, 3, 7, 15])(
    'finds a match however the chunks cut it, here after %i characters',
    (size) => {
      const pieces = `Pay with ${CARD}.`.match(new RegExp(`.{1,${size}}`, 'g'))!
      const { values } = run(answerOf(pieces), redact(card))
      expect(read(values)[0]!.message.content).toBe('Pay with [redacted_1].')
      expect(written(values)).not.toContain('4111')
    },
  )

  it('gives what replacing in the whole text gives, in each choice and channel', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '1', '2', ' ', '"', '😀'), maxLength: 30 })
    const patterns = fc.constantFrom(/\d{2}/, /a1|1a{1,3}/, /\b1\b/, /1(?!2)/, /(?<=a )\d{1,2}/)
    const channels = ['content', 'reasoning_content', 'refusal', 'thinking']
    fc.assert(
      fc.property(
        patterns,
        fc.array(fc.tuple(fc.nat(1), fc.nat(3), text), { maxLength: 12 }),
        (pattern, parts) => {
          const expected = new Map<string, string>()
          const batches = parts.map(([index, which, said]) => {
            const channel = channels[which]!
            expected.set(`${index} ${channel}`, (expected.get(`${index} ${channel}`) ?? '') + said)
            return batch(chunk({ [channel]: said }, index))
          })
          const { values } = run(
            [...batches, batch(finish(), finish('stop', 1))],
            redact({ patterns: pattern, replace: '#' }),
          )
          const message = read(values)
          for (const [key, whole] of expected) {
            const [index, channel] = key.split(' ')
            const said =
              (message.find((choice) => choice.index === Number(index))?.message[channel!] as
                | string
                | null) ?? ''
            expect(said).toBe(whole.replace(new RegExp(pattern, 'g'), '#'))
          }
        },
      ),
      { numRuns: 500 },
    )
  })

  it('sends on the bytes that came where there is nothing to replace', () => {
    const batches = [batch(say('Hello ')), batch(say('there')), batch(finish()), usageBatch()]
    const { values } = run(batches, redact(card))
    expect(values).toHaveLength(4)
    values.forEach((value, at) => expect(value).toBe(batches[at]))
  })

  it('lets go what is held back before the choice ends', () => {
    const { values } = run(answerOf(['call 4111']), redact(card))
    expect(
      chunksOf(values).map(({ choices: [choice] }) => [
        choice?.delta.content,
        choice?.finish_reason,
      ]),
    ).toEqual([
      ['', null],
      ['call ', null],
      ['4111', null],
      [undefined, 'stop'],
    ])
    expect(values.at(-1)?.usage).toBeDefined()
  })

  it.each<[string, ChatBatch[], unknown]>([
    ['the usage', [batch(say('41')), usageBatch()], undefined],
    ['completion', [batch(say('41'))], undefined],
    ['an error', [batch(say('41'))], new Error('broken')],
  ])('lets go what is held back before %s', (_what, batches, failure) => {
    const outcome = run(batches, redact(card), failure)
    expect(chunksOf(outcome.values)[0]).toEqual(say('41'))
    expect(outcome.error).toBe(failure)
  })

  it('keeps the gate of the call', () => {
    const gate = createGate()
    const { values } = run([batchAt(gate, say(CARD), finish())], redact(card))
    expect(values.map((value) => value.gate)).toEqual([gate])
  })

  describe('in tool calls', () => {
    const args = (pieces: readonly string[]) => {
      const parts = pieces.map((piece, at) => callPart(0, piece, at === 0 ? 'pay' : undefined))
      const { values } = run(
        [...parts.map((part) => batch(part)), batch(finish('tool_calls'))],
        redact(card),
      )
      return { values, text: read(values)[0]!.message.tool_calls![0]!.function!.arguments }
    }

    it('replaces in the arguments, however they are cut, and leaves them JSON', () => {
      const text = JSON.stringify({ card: CARD, list: [`x${CARD}`, 1], note: 'say "hi"\n' })
      fc.assert(
        fc.property(fc.array(fc.nat(), { maxLength: 10 }), (offsets) => {
          expect(JSON.parse(args(cut(text, offsets)).text)).toEqual({
            card: '[redacted_1]',
            list: ['x[redacted_1]', 1],
            note: 'say "hi"\n',
          })
        }),
      )
    })

    it('is not evaded by escapes', () => {
      const escaped = Array.from(CARD)
        .map((digit) => `\\u00${digit.charCodeAt(0).toString(16)}`)
        .join('')
      expect(args([`{"card":"${escaped.slice(0, 9)}`, escaped.slice(9), '"}']).text).toBe(
        '{"card":"[redacted_1]"}',
      )
    })

    it('writes a string where a number stood', () => {
      expect(args(['{"card":4111', '111111111111}']).text).toBe('{"card":"[redacted_1]"}')
    })

    it('lets the arguments of one call go before the next call begins', () => {
      const parts = [callPart(0, '{"a":1', 'f'), callPart(0, '}'), callPart(1, '{}', 'g')]
      const { values } = run(
        parts.map((part) => batch(part)),
        redact(/\}\d{1,9}/),
      )
      const order = chunksOf(values).flatMap(({ choices: [choice] }) =>
        choice!.delta.tool_calls!.map(({ index }) => index),
      )
      expect(order).toEqual([0, 0, 1])
      expect(chunksOf(values)[1]?.choices[0]?.delta.tool_calls?.[0]?.function?.arguments).toBe('}')
    })

    it('replaces in the function call of old', () => {
      const delta = (text: string) => chunk({ function_call: { name: 'pay', arguments: text } })
      const { values } = run(
        [batch(delta(`{"card":"${CARD.slice(0, 5)}`)), batch(delta(`${CARD.slice(5)}"}`))],
        redact(card),
      )
      expect(written(values)).not.toContain('4111')
      expect(written(values)).toContain('[redacted_1]')
    })
  })

  describe('fails closed', () => {
    it('refuses a pattern without a bound, with the way out', () => {
      expect(() => redact(/\w+@\w+/)).toThrow(ConfigError)
      expect(() => redact(/\w+@\w+/)).toThrow(/\{1,64\}/)
      expect(() => redact({ patterns: /\d{16}/, maxLength: 15 })).toThrow(ConfigError)
      expect(() => redact({ patterns: /\d{16}/, replacement: 'x' } as object as RegExp)).toThrow(
        ConfigError,
      )
    })

    it.each([
      [
        'throws',
        () => {
          throw new Error(`no ${CARD}`)
        },
      ],
      ['gives no string', () => undefined as unknown as string],
    ])(
      'ends the answer where the replacer %s, and lets nothing of the text go',
      (_how, replace) => {
        const upstream = new Subject<ChatBatch>()
        const outcome = outcomeOf(upstream.pipe(redact({ patterns: card, replace })))
        upstream.next(batch(say(`a ${CARD.slice(0, 8)}`)))
        upstream.next(batch(say(`${CARD.slice(8)} b`)))
        expect(outcome.error).toMatchObject({
          code: 'server_error',
          message: 'The answer could not be redacted.',
        })
        expect(written(outcome.values)).toContain('a ')
        expect(written(outcome.values)).not.toContain('4111')
        expect(upstream.observed).toBe(false)
      },
    )

    it('leaves out log probabilities, which spell the text out', () => {
      const token = { token: CARD, logprob: 0, bytes: null, top_logprobs: [] }
      const one = say(CARD)
      one.choices[0]!.logprobs = { content: [token], refusal: null }
      expect(written(run([batch(one, finish())], redact(card)).values)).not.toContain('4111')
    })

    it.each<[string, ChatCompletionDelta]>([
      [
        'a name',
        {
          tool_calls: [
            { index: 0, id: 'call_0', type: 'function', function: { name: CARD, arguments: '{}' } },
          ],
        },
      ],
      ['a signature', { tool_calls: [{ index: 0, extra_content: { said: [CARD] } }] }],
      [
        'a citation',
        {
          annotations: [
            {
              type: 'url_citation',
              url_citation: { start_index: 0, end_index: 1, title: CARD, url: CARD },
            },
          ],
        },
      ],
      [
        "a structured field of the vendor's own",
        { reasoning_details: [{ text: CARD.slice(0, 9) }, { text: CARD.slice(9) }] },
      ],
      ['speech', { audio: { transcript: CARD } }],
    ])('lets nothing through in %s', (_what, delta) => {
      expect(written(run([batch(chunk(delta), finish())], redact(card)).values)).not.toMatch(
        /4111|1111/,
      )
    })

    it('lets nothing through beside the delta', () => {
      const one = { ...say('a'), citations: [`https://bank/${CARD}`] }
      const choice = { ...one.choices[0]!, safety: { said: CARD } }
      const { values } = run([batch({ ...one, choices: [choice] }, finish())], redact(card))
      expect(written(values)).not.toContain('4111')
      expect(written(values)).toContain('https://bank/[redacted_1]')
    })

    it('stops when the vault is full', () => {
      const { values, error } = run(
        answerOf(['a 1 b 2 c']),
        redact({ patterns: /\d/, vault: new RedactionVault({ maxEntries: 1 }) }),
      )
      expect(error).toMatchObject({ code: 'server_error' })
      expect(written(values)).not.toMatch(/[12] [bc]/)
    })
  })

  describe('a whole answer', () => {
    it('stays one, with everything else as it was', () => {
      const completion = { ...completionOf(`Pay with ${CARD}.`), system_fingerprint: 'fp' }
      completion.choices.push({
        ...completionOf(CARD).choices[0]!,
        index: 1,
        finish_reason: 'length',
      })
      const { values } = run([documentOf(completion)], redact(card))
      expect(values).toHaveLength(1)
      expect(values[0]?.framing).toBe('document')
      expect(values[0]?.usage).toBe(completion.usage)
      const [first, second] = completion.choices
      expect(JSON.parse(new TextDecoder().decode(values[0]?.bytes))).toEqual({
        ...completion,
        choices: [
          { ...first, message: { ...first!.message, content: 'Pay with [redacted_1].' } },
          { ...second, message: { ...second!.message, content: '[redacted_1]' } },
        ],
      })
    })

    it('passes as it came where there is nothing to replace', () => {
      const whole = documentOf(completionOf('hello'))
      expect(run([whole], redact(card)).values[0]).toBe(whole)
    })
  })

  it('gives equal values equal placeholders, with the name of their pattern', () => {
    const { values } = run(
      answerOf(['a@b 1 c@d 1 a@b']),
      redact({ patterns: { mail: /\w@\w/, digit: /\d/ } }),
    )
    expect(read(values)[0]?.message.content).toBe('[mail_1] [digit_2] [mail_3] [digit_2] [mail_1]')
  })

  it('begins anew with each subscription', () => {
    const source = new Observable<ChatBatch>((subscriber) => {
      for (const one of answerOf(['x 1'])) subscriber.next(one)
      subscriber.complete()
    }).pipe(redact({ patterns: { digit: /\d/ } }))
    expect(read(outcomeOf(source).values)).toEqual(read(outcomeOf(source).values))
  })

  it('gives thoughts that cannot be the beginning of a match before the text that follows', () => {
    const { values } = run([batch(think('so it is.')), batch(say('Yes'))], redact(card))
    expect(chunksOf(values)).toEqual([think('so it is.'), say('Yes')])
  })
})
