import { seededRandom } from '@sluice/conformance'
import { describe, expect, it } from 'vitest'
import { embeddingsPassThrough } from '../../src/operations/embeddings-pass-through.ts'

const answer = (vectors: readonly unknown[]) => ({
  object: 'list',
  data: vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })),
  model: 'text-embedding-3-small',
  usage: { prompt_tokens: 8, total_tokens: 8 },
})
const numbers = [0, -0.25, 1.5e-7, 0.123_456_789_012_345_6, -12, 3e5, 1]
const floats = (text: string) => embeddingsPassThrough(Buffer.from(text), 'float')
const cost = { prompt_tokens: 8, completion_tokens: 0, total_tokens: 8 }

describe('embeddingsPassThrough', () => {
  it.each([undefined, 1])(
    'tells what vectors cost that are as a client must get them (indent %s)',
    (indent) => {
      expect(floats(JSON.stringify(answer([numbers, numbers]), undefined, indent))).toEqual(cost)
      expect(floats(JSON.stringify(answer([[1]]), undefined, indent))).toEqual(cost)
      const coded = JSON.stringify(answer(['AACAPwAAAEA=', 'AACAPwAAAEA=']), undefined, indent)
      expect(embeddingsPassThrough(Buffer.from(coded), 'base64')).toEqual(cost)
    },
  )

  it('takes no text for numbers, and no numbers for text', () => {
    expect(floats(JSON.stringify(answer(['AACAPwAAAEA='])))).toBeUndefined()
    expect(floats(JSON.stringify(answer([[1], 'AACAPwAAAEA='])))).toBeUndefined()
    expect(
      embeddingsPassThrough(Buffer.from(JSON.stringify(answer([[1]]))), 'base64'),
    ).toBeUndefined()
  })

  it.each([
    'NaN',
    '-Infinity',
    'null',
    '"1"',
    '[1]',
    '{}',
    '01',
    '1.',
    '.5',
    '1e',
    '+1',
    '',
    '0x1',
    '--1',
    'true',
  ])('leaves a vector that holds %s to the parser', (odd) => {
    const good = JSON.stringify(answer([[1, 7.5, 2]]))
    expect(floats(good)).toEqual(cost)
    expect(floats(good.replace('7.5', odd))).toBeUndefined()
  })

  it('hands on nothing that the parser would refuse, whichever bytes are broken', () => {
    const random = seededRandom(1)
    const good = Buffer.from(JSON.stringify(answer([numbers, numbers])))
    let passed = 0
    for (let run = 0; run < 20_000; run++) {
      const broken = Buffer.from(good)
      const at = Math.floor(random() * good.length)
      broken[at] =
        random() < 0.5
          ? 0x20 + Math.floor(random() * 96)
          : good[Math.floor(random() * good.length)]!
      if (embeddingsPassThrough(broken, 'float') === undefined) continue
      passed++
      const { data } = JSON.parse(broken.toString()) as ReturnType<typeof answer>
      expect(
        data.flatMap(({ embedding }) => embedding).every((one) => typeof one === 'number'),
      ).toBe(true)
    }
    expect(passed).toBeGreaterThan(1000)
  })
})
