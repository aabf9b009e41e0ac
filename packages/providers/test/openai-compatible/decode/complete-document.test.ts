import { describe, expect, it } from 'vitest'
import { completeDocument } from '../../../src/openai-compatible/decode/complete-document.ts'

const message = { role: 'assistant', content: 'Hi.', refusal: null }
const choice = { index: 0, message, finish_reason: 'stop', logprobs: null }
const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }
const whole = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_700_000_000,
  model: 'm',
  choices: [choice],
  usage,
}
const withMessage = (more: object) => ({
  ...whole,
  choices: [{ ...choice, message: { ...message, ...more } }],
})
const without = (value: object, name: string) =>
  Object.fromEntries(Object.entries(value).filter(([key]) => key !== name))

describe('completeDocument', () => {
  it('gives a whole completion back as it is', () => {
    expect(completeDocument(whole)).toBe(whole)
  })

  it.each([
    ['refusal', { ...whole, choices: [{ ...choice, message: without(message, 'refusal') }] }],
    ['logprobs', { ...whole, choices: [without(choice, 'logprobs')] }],
  ])('fills in the null of a missing %s, and changes nothing that it was given', (_name, given) => {
    const before = structuredClone(given)
    expect(completeDocument(given)).toEqual(whole)
    expect(given).toEqual(before)
  })

  it('keeps fields that nobody knows', () => {
    const given = { ...withMessage({ x: 1 }), y: { z: 2 } }
    const bare = { ...given, choices: [without(given.choices[0]!, 'logprobs')] }
    expect(completeDocument(bare)).toEqual(given)
  })

  it.each([
    ['no usage', without(whole, 'usage')],
    ['no id', { ...whole, id: '' }],
    ['usage that does not add up', { ...whole, usage: { ...usage, total_tokens: 6 } }],
    ['no choices', { ...whole, choices: [] }],
    ['a choice out of place', { ...whole, choices: [{ ...choice, index: 1 }] }],
    ['a word for its end of its own', { ...whole, choices: [{ ...choice, finish_reason: 'eos' }] }],
    ['logprobs that are none', { ...whole, choices: [{ ...choice, logprobs: 'x' }] }],
    ['a refusal that is none', withMessage({ refusal: 1 })],
    ['reasoning under another name', withMessage({ reasoning: 'Hm.' })],
    [
      'neither text nor refusal',
      { ...whole, choices: [{ ...choice, message: { role: 'assistant' } }] },
    ],
    ['calls that are none', withMessage({ tool_calls: [{ id: 1 }] })],
  ])('leaves a completion with %s to who reads it piece by piece', (_name, given) => {
    expect(completeDocument(given)).toBeUndefined()
  })
})
