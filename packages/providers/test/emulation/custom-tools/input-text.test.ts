import { describe, expect, it } from 'vitest'
import { InputText } from '../../../src/emulation/custom-tools/input-text.ts'

function read(text: string, size: number, isWhole = true) {
  const reader = new InputText()
  const deltas: string[] = []
  for (let at = 0; at < text.length; at += size) deltas.push(reader.push(text.slice(at, at + size)))
  deltas.push(reader.end(isWhole))
  return { input: deltas.join(''), deltas: deltas.filter((one) => one !== '') }
}

describe('InputText', () => {
  it.each<[string, string]>([
    ['plain', 'echo hi'],
    ['escapes', 'a"b\\c/d\n\t\r\b\f\u0001\u2028'],
    ['characters of two units', '\u{1f600}x\u{1f468}\u200d\u{1f469}'],
    ['half a character', 'a\ud83d'],
    ['nothing', ''],
    ['what looks like the end', '"}'],
    ['JSON', '{"input":"x"}'],
  ])('reads %s from pieces of any length', (_what, input) => {
    const ascii = JSON.stringify({ input }).replace(
      /[\u0080-\uffff]/g,
      (unit) => String.raw`\u` + unit.charCodeAt(0).toString(16).padStart(4, '0'),
    )
    for (const text of [
      JSON.stringify({ input }),
      ` { "input" : ${JSON.stringify(input)} } `,
      ascii,
    ]) {
      for (let size = 1; size <= text.length; size++) {
        const { input: found, deltas } = read(text, size)
        expect(found).toBe(input)
        // Half a character would not survive on its way.
        if (!input.endsWith('\ud83d'))
          for (const delta of deltas) expect(delta.isWellFormed()).toBe(true)
      }
    }
  })

  it.each<[string, string]>([
    ['{"patch":"x"}', 'x'],
    ['{"a":1,"input":"x"}', 'x'],
    ['{"input":{"a":1}}', '{"input":{"a":1}}'],
    ['{"a":"x","b":"y"}', '{"a":"x","b":"y"}'],
    ['"x"', 'x'],
    ['*** Begin Patch', '*** Begin Patch'],
    ['{}', ''],
    ['', ''],
    ['[1]', '[1]'],
    ['{"input":"a\nb"}', 'a\nb'],
    ['{"input":"a\\qb"}', 'aqb'],
    ['{"input":"a\\uzzzzb"}', 'a\\uzzzzb'],
    ['{"input":"a"}{"input":"b"}', 'a'],
    ['{"input":"a","more":"b"}', 'a'],
  ])('makes the best of %j', (text, input) => {
    for (const size of [1, 3, 100]) expect(read(text, size).input).toBe(input)
  })

  it('gives of arguments that were cut off what has come', () => {
    expect(read('{"input":"abc\\', 4, false).input).toBe('abc')
    expect(read('{"inp', 4, false).input).toBe('')
  })

  it('takes twice the time for twice as long an input', () => {
    const timeOf = (length: number) => {
      const text = JSON.stringify({ input: 'line "x"\n'.repeat(length) })
      return Math.min(
        ...Array.from({ length: 3 }, () => {
          const start = performance.now()
          read(text, 4)
          return performance.now() - start
        }),
      )
    }
    timeOf(1000)
    expect(timeOf(40_000) / Math.max(timeOf(10_000), 2)).toBeLessThan(12)
  })
})
