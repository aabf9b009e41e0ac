import { describe, expect, it } from 'vitest'
import { readWavFormat, secondsOf, wavHead } from '../src/wav.ts'
import { uploaded } from '../../providers/test/operations/files.ts'

const chunk = (id: string, data: Buffer, length = data.length): Buffer => {
  const head = Buffer.alloc(8)
  head.write(id, 0, 'latin1')
  head.writeUInt32LE(length >>> 0, 4)
  return Buffer.concat([head, data, Buffer.alloc(data.length % 2)])
}
const format = Buffer.from([1, 0, 2, 0, 0x44, 0xac, 0, 0, 0x10, 0xb1, 2, 0, 4, 0, 16, 0])
const riff = (...chunks: readonly Buffer[]) =>
  Buffer.concat([Buffer.from('RIFF\0\0\0\0WAVE', 'latin1'), ...chunks])
const second = Buffer.alloc(44_100 * 4)
const read = async (bytes: Uint8Array) => {
  const found = await readWavFormat(uploaded(bytes))
  return found && secondsOf(found)
}

describe('a WAV head', () => {
  it.each([
    ['as short as it can be', riff(chunk('fmt ', format), chunk('data', second))],
    [
      'with other chunks before the sound',
      riff(chunk('LIST', Buffer.alloc(31)), chunk('fmt ', format), chunk('data', second)),
    ],
    [
      'of an extended format',
      riff(chunk('fmt ', Buffer.concat([format, Buffer.alloc(24)])), chunk('data', second)),
    ],
    [
      'that was written into a pipe',
      riff(chunk('fmt ', format), chunk('data', second, 0xffffffff)),
    ],
  ])('tells how long the sound is: %s', async (_name, bytes) => {
    expect(await read(bytes)).toBe(1)
  })

  it('that we write can be read', async () => {
    expect(await read(Buffer.concat([wavHead(24_000, 48_000), Buffer.alloc(48_000)]))).toBe(1)
  })

  it('of nonsense takes no time', async () => {
    expect(await read(riff(chunk('fmt ', Buffer.alloc(16)), chunk('data', second)))).toBe(0)
  })

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['another file', Buffer.from('ID3 and more than twelve bytes')],
    ['half a head', riff(chunk('fmt ', format)).subarray(0, 20)],
    ['no format', riff(chunk('data', second))],
    ['no sound', riff(chunk('fmt ', format))],
    [
      'many empty chunks',
      riff(...Array.from({ length: 20_000 }, () => chunk('abcd', Buffer.alloc(0)))),
    ],
  ])('is not found in %s', async (_name, bytes) => {
    expect(await read(bytes)).toBeUndefined()
  })
})
