import { describe, expect, it } from 'vitest'
import { EnvelopeTemplate } from '../../src/replay/envelope-template.ts'
import type { ReplayIdentity } from '../../src/replay/replay-identity.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()
const identity: ReplayIdentity = {
  idEnd: encoder.encode('0123456789ab'),
  created: encoder.encode('1800000000'),
}

function read(...frames: string[]): EnvelopeTemplate | undefined {
  const ends = frames.map(
    (_frame, index) => encoder.encode(frames.slice(0, index + 1).join('')).length,
  )
  return EnvelopeTemplate.read(encoder.encode(frames.join('')), [0, ...ends], 'data: ')
}

function frame(object: object): string {
  return `data: ${JSON.stringify(object)}\n\n`
}

describe('EnvelopeTemplate', () => {
  it('puts a fresh id and time into each frame and leaves all else alone', () => {
    const template = read(
      frame({ id: 'chatcmpl-AAAABBBBCCCC', created: 1_700_000_000, text: '1700000000 é' }),
      frame({ id: 'chatcmpl-AAAABBBBCCCC', created: 1_700_000_000, text: 'AAAABBBBCCCC' }),
    )
    expect(decoder.decode(template?.stamped(identity))).toBe(
      frame({ id: 'chatcmpl-0123456789ab', created: 1_800_000_000, text: '1700000000 é' }) +
        frame({ id: 'chatcmpl-0123456789ab', created: 1_800_000_000, text: 'AAAABBBBCCCC' }),
    )
  })

  it('finds id and time wherever they stand, and no others inside', () => {
    const object = { tool: { id: 'call_AAAABBBBCCCC' }, created: 1_700_000_000, id: 'AAAABBBBCCCC' }
    const template = read(`data: ${JSON.stringify(object, null, 3)}\n\n`)
    expect(JSON.parse(decoder.decode(template?.stamped(identity)).slice(6))).toEqual({
      tool: { id: 'call_AAAABBBBCCCC' },
      created: 1_800_000_000,
      id: '0123456789ab',
    })
  })

  it('never changes what it was read from', () => {
    const template = read(frame({ id: 'AAAABBBBCCCC', created: 1_700_000_000 }))
    const first = template?.stamped(identity)
    first?.fill(0)
    expect(decoder.decode(template?.stamped(identity))).toContain('0123456789ab')
  })

  it.each([
    ['an id that is too short', { id: 'short', created: 1_700_000_000 }],
    ['an id with escapes', { id: '\\nAAAABBBBCCCC', created: 1_700_000_000 }],
    ['an id of letters that are not plain', { id: 'ÄÄÄÄBBBBCCCC', created: 1_700_000_000 }],
    ['an id that is a number', { id: 123_456_789_012, created: 1_700_000_000 }],
    ['no id', { created: 1_700_000_000 }],
    ['a time that is too short', { id: 'AAAABBBBCCCC', created: 0 }],
    ['a time that is text', { id: 'AAAABBBBCCCC', created: '12345678' }],
    ['no time', { id: 'AAAABBBBCCCC' }],
  ])('declines %s', (_what, object) => {
    expect(read(frame(object))).toBeUndefined()
  })

  it('declines frames that do not share their envelope', () => {
    const one = { id: 'AAAABBBBCCCC', created: 1_700_000_000 }
    expect(read(frame(one), frame({ ...one, id: 'AAAABBBBDDDD' }))).toBeUndefined()
    expect(read(frame(one), frame({ ...one, created: 1_700_000_001 }))).toBeUndefined()
    expect(read(frame(one), frame({ created: 1_700_000_000, id: 'AAAABBBBCCCC' }))).toBeUndefined()
  })

  it('hands out a long answer in slices of whole frames', () => {
    const long = frame({ id: 'AAAABBBBCCCC', created: 1_700_000_000, text: 'x'.repeat(30_000) })
    const longer = frame({ id: 'AAAABBBBCCCC', created: 1_700_000_000, text: 'x'.repeat(100_000) })
    const template = read(long, long, long, longer, long)!
    const slices = Array.from({ length: template.sliceCount }, (_, index) =>
      template.stamped(identity, index),
    )
    expect(slices.map((slice) => slice.length)).toEqual([
      long.length * 2,
      long.length,
      longer.length,
      long.length,
    ])
    const fresh = (long + long + long + longer + long).replaceAll('AAAABBBBCCCC', '0123456789ab')
    expect(slices.map((slice) => decoder.decode(slice)).join('')).toBe(
      fresh.replaceAll('1700000000', '1800000000'),
    )
  })
})
