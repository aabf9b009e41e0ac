import { describe, expect, it } from 'vitest'
import { embedText } from '../src/embed-text.ts'

const embed = (input: string | number[], dimensions = 256) => embedText(input, dimensions, 10_000)
const length = (vector: number[]) => Math.hypot(...vector)
const likeness = (a: string | number[], b: string | number[], dimensions?: number) => {
  const [one, other] = [embed(a, dimensions), embed(b, dimensions)]
  return one.reduce((sum, value, index) => sum + value * other[index]!, 0)
}

describe('embedText', () => {
  it.each<[string | number[]]>([
    ['hello world'],
    ['你好，世界'],
    [''],
    ['   '],
    ['!?'],
    ['a'],
    ['the of and'],
    ['😀'],
    [[1, 2, 3]],
    [[]],
  ])('gives %j a length of 1 in any number of dimensions', (input) => {
    for (const dimensions of [1, 2, 8, 256, 1536]) {
      expect(embed(input, dimensions)).toHaveLength(dimensions)
      expect(length(embed(input, dimensions))).toBeCloseTo(1, 4)
    }
  })

  it.each([
    ['The cat sits on the mat', 'A cat is sitting on a mat', 'Stock markets fell sharply today'],
    ['The cat sits on the mat', 'A kitten rests upon a rug', 'Stock markets fell sharply today'],
    ['How do I reset my password?', 'I forgot my login credentials', 'What is your refund policy?'],
    ['dog', 'puppy', 'airplane'],
    ['king', 'queen', 'banana'],
    ['I am happy', 'what a joyful day', 'the printer is out of paper'],
    ['programming in Python', 'developers write code', 'a recipe for onion soup'],
    ['misspelled wrod embedding', 'misspeled word embeddings', 'gardening in spring'],
    ['今天天气怎么样', '明天会下雨吗，气温多少', '请帮我订一张火车票'],
    ['猫坐在垫子上', '一只小猫', '股票市场大跌'],
    ['猫坐在垫子上', 'The cat sits on the mat', 'Stock markets fell sharply today'],
    ['コーヒーを飲みたい', 'コーヒーが好きです', '電車が遅れている'],
  ])('puts %j nearer to %j than to %j', (text, related, unrelated) => {
    for (const dimensions of [256, 1536]) {
      expect(likeness(text, related, dimensions)).toBeGreaterThan(
        likeness(text, unrelated, dimensions) + 0.05,
      )
    }
  })

  it('is the same for the same text, and does not look at case, width or marks', () => {
    expect(embed('Hello, World!')).toEqual(embed('Hello, World!'))
    expect(likeness('Hello, World!', 'hello ｗorld')).toBeCloseTo(1, 4)
  })

  it('puts token ids that share some nearer than those that share none', () => {
    expect(likeness([1, 2, 3, 4], [1, 2, 3, 9])).toBeGreaterThan(
      likeness([1, 2, 3, 4], [11, 12, 13, 14]) + 0.3,
    )
  })

  it('looks at no more characters than it is told to', () => {
    expect(embedText(`same beginning ${'x '.repeat(1000)}`, 64, 14)).toEqual(
      embedText('same beginning of another text', 64, 14),
    )
  })
})
