import { redact, RedactionVault, redactValue, reidentify } from '@sluice/sse-stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  answerOf,
  batch,
  callPart,
  chunksOf,
  completionOf,
  cut,
  documentOf,
  finish,
  read,
  run,
  say,
  think,
} from './answers.ts'

const patterns = { mail: /[\w.]{1,20}@[\w.]{1,20}/, card: /\d{16}/ }

/** A vault that knows one value for each of these placeholders. */
function vaultOf(values: Readonly<Record<string, string>>): RedactionVault {
  const vault = new RedactionVault()
  for (const [placeholder, value] of Object.entries(values)) vault.hide(value, () => placeholder)
  return vault
}

describe('reidentify', () => {
  it('undoes redact, however both are cut', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', '@', '.', ' ', '[', ']', '1', '1111222233334444'),
      maxLength: 20,
    })
    fc.assert(
      fc.property(text, fc.array(fc.nat()), fc.array(fc.nat()), (whole, before, after) => {
        const vault = new RedactionVault()
        const hidden = read(
          run(answerOf(cut(whole, before)), redact({ patterns, vault })).values,
        )[0]!.message.content!
        const shown = read(run(answerOf(cut(hidden, after)), reidentify(vault)).values)[0]!.message
          .content
        expect(shown).toBe(whole)
      }),
      { numRuns: 500 },
    )
  })

  it('puts into the answer what was taken out of the prompt', () => {
    const vault = new RedactionVault()
    const messages = redactValue([{ role: 'user', content: 'Write to ada@example.org' }], {
      patterns,
      vault,
    })
    expect(messages).toEqual([{ role: 'user', content: 'Write to [mail_1]' }])
    const { values } = run(answerOf(['Dear [ma', 'il_', '1', '], ...']), reidentify(vault))
    expect(read(values)[0]?.message.content).toBe('Dear ada@example.org, ...')
  })

  it('writes values as JSON into the arguments of tool calls', () => {
    const vault = vaultOf({ '[name_1]': 'Ada "Countess"\n', '[card_2]': '4111' })
    const parts = [
      callPart(0, '{"to":"[name', 'f'),
      callPart(0, '_1]","card":[ca'),
      callPart(0, 'rd_2]}'),
      finish('tool_calls'),
    ]
    const [choice] = read(
      run(
        parts.map((part) => batch(part)),
        reidentify(vault),
      ).values,
    )
    expect(JSON.parse(choice!.message.tool_calls![0]!.function!.arguments)).toEqual({
      to: 'Ada "Countess"\n',
      card: '4111',
    })
  })

  it('leaves what the vault does not know, at once', () => {
    const vault = vaultOf({ '[a_1]': 'x' })
    const batches = [batch(say('[b_1] [a_2]')), batch(think('[a_1'), say('[')), batch(finish())]
    const chunks = chunksOf(run(batches, reidentify(vault)).values)
    expect(chunks[0]).toEqual(say('[b_1] [a_2]'))
    expect(read(run(batches, reidentify(vault)).values)[0]?.message).toMatchObject({
      content: '[b_1] [a_2][',
      reasoning_content: '[a_1',
    })
  })

  it('takes the longest placeholder where one begins with another', () => {
    const vault = vaultOf({ X1: 'one', X11: 'eleven', aX11b: 'all' })
    fc.assert(
      fc.property(fc.array(fc.nat()), (offsets) => {
        const { values } = run(answerOf(cut('X1 X11 aX11b aX11c X1', offsets)), reidentify(vault))
        expect(read(values)[0]?.message.content).toBe('one eleven all aelevenc one')
      }),
    )
  })

  it('does not guess what a placeholder means that stands for several values', () => {
    const vault = new RedactionVault()
    run(answerOf(['1 2']), redact({ patterns: /\d/, replace: '#', vault }))
    expect(read(run(answerOf(['# #']), reidentify(vault)).values)[0]?.message.content).toBe('# #')
  })

  it('works on a whole answer', () => {
    const { values } = run(
      [documentOf(completionOf('Dear [a_1]'))],
      reidentify(vaultOf({ '[a_1]': 'Ada' })),
    )
    expect(values[0]?.document()?.choices[0]?.message.content).toBe('Dear Ada')
  })

  it('lets everything pass while the vault is empty', () => {
    const one = batch(say('[a_1]'))
    expect(run([one], reidentify(new RedactionVault())).values).toEqual([one])
  })
})
