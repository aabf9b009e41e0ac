import { describe, expect, it } from 'vitest'
import { answerText, thoughtText } from '../src/answer-text.ts'
import type { Conversation } from '../src/read-conversation.ts'

const asked = (question: string, more: Partial<Conversation> = {}): Conversation => ({
  question,
  earlier: undefined,
  attachments: 0,
  results: [],
  called: new Set(),
  ...more,
})
const plain = { variant: 0, large: false }

describe('answerText', () => {
  it.each([
    ['What is the capital of France?', 'demo model'],
    ['法国的首都是哪里？', '演示模型'],
    ['フランスの首都はどこですか', 'デモモデル'],
    ['프랑스의 수도는 어디입니까?', '데모 모델'],
    ['Was ist die Hauptstadt von Frankreich?', 'Demo-Modell'],
    ['Quelle est la capitale de la France ?', 'modèle de démonstration'],
    ['¿Cuál es la capital de Francia?', 'modelo de demostración'],
    ['Какая столица Франции?', 'демонстрационная модель'],
  ])('repeats %j and says what it is, in the same language', (question, self) => {
    const text = answerText(asked(question), plain)
    expect(text).toContain(question)
    expect(text).toContain(self)
    expect(text).not.toMatch(/[{}]/)
  })

  it('says the same for the same variant, and has three', () => {
    const texts = [0, 1, 2, 3, -1].map((variant) => answerText(asked('Hi'), { ...plain, variant }))
    expect(new Set(texts).size).toBe(3)
    expect(texts[3]).toBe(texts[0])
    expect(texts[4]).toBe(texts[2])
    for (const text of texts) expect(text).toMatch(/demo/)
  })

  it('remembers what was said before, and notices attachments', () => {
    const text = answerText(asked('And now?', { earlier: 'Remember 7.', attachments: 2 }), plain)
    expect(text).toContain('“Remember 7.”')
    expect(text).toContain('Attachments received: 2')
  })

  it('passes on what tools answered', () => {
    const results = [
      { name: 'get_weather', content: '{"temp": 21}' },
      { name: 'get_time', content: 'noon' },
    ]
    const text = answerText(asked('Use get_weather and get_time', { results }), plain)
    expect(text).toContain('get_weather answered: {"temp": 21}')
    expect(text).toContain('get_time answered: noon')
  })

  it('greets where nothing was asked', () => {
    expect(answerText(asked(''), plain)).toMatch(/^Hello/)
  })

  it('says more as the large model', () => {
    const large = answerText(asked('Hi'), { ...plain, large: true })
    expect(large.startsWith(answerText(asked('Hi'), plain))).toBe(true)
    expect(large.split('\n\n')).toHaveLength(2)
  })

  it('shortens a long message to one line, at whole characters', () => {
    const text = answerText(asked(`line one\nline two ${'😀'.repeat(5000)}`), plain)
    expect(text).toContain('line one line two 😀')
    expect(text.length).toBeLessThan(1000)
    expect(text).not.toMatch(/\p{Surrogate}/u)
  })

  it('takes nothing in a message for a place to be filled in', () => {
    expect(answerText(asked('what is {name} and {quote}?'), plain)).toContain(
      '“what is {name} and {quote}?”',
    )
  })
})

describe('thoughtText', () => {
  it('grows with the effort', () => {
    const lengths = ['none', 'low', 'medium', 'high'].map(
      (effort) => thoughtText(asked('Why?'), effort).length,
    )
    expect(lengths[0]).toBe(0)
    expect(lengths).toEqual(lengths.toSorted((a, b) => a - b))
    expect(new Set(lengths).size).toBe(4)
  })

  it('takes an effort it does not know for a high one', () => {
    expect(thoughtText(asked('Why?'), 'constructor')).toBe(thoughtText(asked('Why?'), 'high'))
  })
})
