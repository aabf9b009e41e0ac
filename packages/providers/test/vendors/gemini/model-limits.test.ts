import type { ChatCompletionCreateParams, ChatCompletionMessageParam } from '@sluice/core/wire'
import { describe, expect, test } from 'vitest'
import { encode } from './support.ts'

const penalties = { presence_penalty: 0.2, frequency_penalty: 0.5 }
const named = { presencePenalty: 0.2, frequencyPenalty: 0.5 }

describe('penalties', () => {
  test.each([
    'gemini-2.5-flash',
    'gemini-2.5-pro',
    'gemini-3-flash-preview',
    'gemini-flash-latest',
    'gemma-3-27b-it',
  ])('are not sent to %s, and said to be lost', (model) => {
    const { body, drops } = encode({ model, ...penalties })
    expect(body.generationConfig ?? {}).not.toHaveProperty('presencePenalty')
    expect(body.generationConfig ?? {}).not.toHaveProperty('frequencyPenalty')
    expect(drops).toEqual(['presence_penalty', 'frequency_penalty'])
    expect(encode({ model, presence_penalty: 0, frequency_penalty: null }).drops ?? []).toEqual([])
  })

  test.each(['gemini-1.5-pro', 'gemini-2.0-flash', 'gemini-2.0-flash-lite-001'])(
    'are sent to %s',
    (model) => {
      const { body, drops } = encode({ model, ...penalties })
      expect(body.generationConfig).toMatchObject(named)
      expect(drops ?? []).toEqual([])
    },
  )

  test('go on where they stand in a config of Gemini’s own', () => {
    expect(encode({ ...penalties, generationConfig: named }).body.generationConfig).toMatchObject(
      named,
    )
  })
})

const system: ChatCompletionMessageParam = { role: 'system', content: 'Answer in French.' }
const user: ChatCompletionMessageParam = { role: 'user', content: 'hi' }
const answer: ChatCompletionMessageParam = { role: 'assistant', content: 'salut' }

describe('instructions', () => {
  test.each(['gemma-3-27b-it', 'models/gemma-3n-e4b-it', 'gemini-2.5-flash-preview-tts'])(
    'begin what the user says to %s',
    (model) => {
      const { body } = encode({ model, messages: [system, user, answer, user] })
      expect(body.systemInstruction).toBeUndefined()
      expect(body.contents.map(({ role }) => role)).toEqual(['user', 'model', 'user'])
      expect(body.contents[0]!.parts).toEqual([{ text: 'Answer in French.' }, { text: 'hi' }])
    },
  )

  test('stand apart where the model knows them', () => {
    for (const model of ['gemini-2.5-flash', 'gemma-4-26b-a4b-it']) {
      const { body } = encode({ model, messages: [system, user] })
      expect(body.systemInstruction).toEqual({ parts: [{ text: 'Answer in French.' }] })
    }
  })

  test('are all that a conversation says where there is nothing else', () => {
    const { body } = encode({ model: 'gemma-3-27b-it', messages: [system] })
    expect(body.contents[0]!.parts[0]).toEqual({ text: 'Answer in French.' })
  })
})

describe('a model that only talks', () => {
  const tools: ChatCompletionCreateParams['tools'] = [{ type: 'function', function: { name: 'f' } }]

  test('is offered no functions, which is said', () => {
    const { body, drops } = encode({ model: 'gemma-3-27b-it', tools, tool_choice: 'auto' })
    expect([body.tools, body.toolConfig, drops]).toEqual([
      undefined,
      undefined,
      ['tools', 'tool_choice'],
    ])
    expect(encode({ model: 'gemma-3-27b-it', tools: [] }).drops).toBeUndefined()
  })

  test('is asked for JSON in words', () => {
    const { body } = encode({ model: 'gemma-3-27b-it', response_format: { type: 'json_object' } })
    expect(body.generationConfig).toBeUndefined()
    expect(JSON.stringify(body.contents)).toContain('nothing but JSON')
  })
})
