import type { ChatCompletion } from '@sluice/core'
import { encodeFrame } from '@sluice/sse-stream'
import { describe, expect, it } from 'vitest'
import { endingOfDocument, endingOfEvents, type Ending } from '../src/ending.ts'

const encoder = new TextEncoder()

function events(...choices: object[]): Uint8Array {
  return encoder.encode(choices.map((choice) => encodeFrame({ id: 'x', choices: [choice] })).join(''))
}

const said = { index: 0, delta: { content: 'hi' }, finish_reason: null }
const saying = (delta: object, index = 0) => ({ index, delta, finish_reason: null })
const calling = (name: string, args: string) =>
  saying({ tool_calls: [{ index: 0, id: 'c', type: 'function', function: { name, arguments: args } }] })
const called = calling('look', '{"at":1}')
const ended = (finish_reason: string | null, index = 0) => ({ index, delta: {}, finish_reason })

describe('endingOfEvents', () => {
  it.each<[string, object[], Ending]>([
    ['one choice that stopped', [said, ended('stop')], 'said'],
    ['several choices that stopped', [said, saying({ content: 'ho' }, 1), ended('stop'), ended('stop', 1)], 'said'],
    ['no finish reason', [said], 'cut'],
    ['length', [said, ended('length')], 'cut'],
    ['content_filter', [ended('content_filter')], 'cut'],
    ['a reason nobody knows', [ended('pause')], 'cut'],
    ['one choice of two at its limit', [ended('stop'), ended('length', 1)], 'cut'],
    ['tool calls', [called, ended('tool_calls')], 'calls'],
    ['a function call that never came', [ended('function_call')], 'cut'],
    ['a call that was forced by name', [called, ended('stop')], 'calls'],
    ['nothing said', [ended('stop')], 'cut'],
    ['an empty text', [saying({ role: 'assistant', content: '' }), ended('stop')], 'cut'],
    ['blanks alone', [saying({ content: '\n' }), saying({ content: ' \t\n' }), ended('stop')], 'cut'],
    ['blanks before a text', [saying({ content: '\n\n' }), said, ended('stop')], 'said'],
    ['text behind blanks in one event', [saying({ content: '\n \\n' }), ended('stop')], 'said'],
    ['reasoning alone', [saying({ reasoning_content: 'well' }), ended('stop')], 'cut'],
    ['one choice of two that says nothing', [said, ended('stop'), ended('stop', 1)], 'cut'],
    ['one choice of two without an end', [said, saying({ content: 'ho' }, 1), ended('stop')], 'cut'],
    ['a refusal', [saying({ refusal: 'No.' }), ended('stop')], 'cut'],
    ['a refusal in the midst of a text', [said, saying({ refusal: 'No.' }), ended('stop')], 'cut'],
    ['sound', [saying({ audio: { id: 'a', data: 'UklG' } }), ended('stop')], 'said'],
    ['an error beside a text', [said, { ...ended('stop'), error: { message: 'x' } }], 'cut'],
    ['a word from every object', [said, ended('constructor')], 'cut'],
    ['the word __proto__', [said, ended('__proto__')], 'cut'],
    ['a call without a name', [calling('', '{}'), ended('tool_calls')], 'cut'],
    ['a call whose arguments break off', [calling('look', '{"at":'), ended('tool_calls')], 'cut'],
    ['a call whose arguments are a text', [calling('look', '"at"'), ended('tool_calls')], 'cut'],
    ['a call without arguments', [calling('look', ''), ended('tool_calls')], 'calls'],
    ['calls that never came', [said, ended('tool_calls')], 'cut'],
    ['text that speaks of the words', [{ ...said, delta: { content: '"finish_reason":"stop"' } }], 'cut'],
    [
      'text that speaks of other endings',
      [{ ...said, delta: { content: '"finish_reason":"length" "tool_calls":[{' } }, ended('stop')],
      'said',
    ],
  ])('knows %s', (_what, choices, ending) => {
    expect(endingOfEvents(events(...choices))).toBe(ending)
  })

  it.each<[string, Ending]>([
    ['stop', 'said'],
    ['length', 'cut'],
  ])('reads events that others spaced out (%s)', (reason, ending) => {
    const bytes = encoder.encode(
      `data: {"choices": [{"index": 0, "delta": {"content": "hi"}, "finish_reason": "${reason}"}]}\n\ndata: {"choices": []}\n\n`,
    )
    expect(endingOfEvents(bytes)).toBe(ending)
  })

  it('throws where nothing can be read', () => {
    expect(() => endingOfEvents(encoder.encode('data: {\n\n'))).toThrow(SyntaxError)
  })
})

describe('endingOfDocument', () => {
  const whole = (message: object, finish_reason = 'stop') => ({ message, finish_reason })
  const fn = (name: string, args: string) => ({ type: 'function', function: { name, arguments: args } })

  it.each<[string, object[], Ending]>([
    ['stop', [whole({ content: 'hi' })], 'said'],
    ['length', [whole({ content: 'hi' }, 'length')], 'cut'],
    ['content_filter', [whole({ content: 'hi' }, 'content_filter')], 'cut'],
    ['nothing said', [whole({ content: null })], 'cut'],
    ['an empty text', [whole({ content: '' })], 'cut'],
    ['blanks alone', [whole({ content: ' \n' })], 'cut'],
    ['reasoning alone', [whole({ content: '', reasoning_content: 'well' })], 'cut'],
    ['a refusal', [whole({ content: null, refusal: 'No.' })], 'cut'],
    ['one choice of two that says nothing', [whole({ content: 'hi' }), whole({ content: '' })], 'cut'],
    ['sound', [whole({ content: null, audio: { id: 'a', data: 'UklG' } })], 'said'],
    ['a picture', [whole({ content: '', images: [{ type: 'image_url' }] })], 'said'],
    ['a function call', [whole({ function_call: { name: 'look', arguments: '{}' } }, 'function_call')], 'calls'],
    ['a custom call', [whole({ tool_calls: [{ custom: { name: 'look', input: '' } }] }, 'tool_calls')], 'calls'],
    ['a call without a name', [whole({ tool_calls: [fn('', '{}')] }, 'tool_calls')], 'cut'],
    ['a call whose arguments break off', [whole({ tool_calls: [fn('look', '{"a')] }, 'tool_calls')], 'cut'],
    ['one broken call of two', [whole({ tool_calls: [fn('look', '{}'), fn('look', '{')] }, 'tool_calls')], 'cut'],
    ['calls that never came', [whole({ content: 'hi' }, 'tool_calls')], 'cut'],
    ['a word from every object', [whole({ content: 'hi' }, 'constructor')], 'cut'],
    ['no choices', [], 'cut'],
    ['no reason', [{ message: {}, finish_reason: null }], 'cut'],
    ['tool calls', [whole({ tool_calls: [fn('look', '{}')] }, 'tool_calls')], 'calls'],
    ['a forced call', [whole({ tool_calls: [fn('look', '{}')] })], 'calls'],
    ['no calls in a list', [whole({ content: 'hi', tool_calls: [] })], 'said'],
  ])('knows %s', (_what, choices, ending) => {
    expect(endingOfDocument({ choices } as unknown as ChatCompletion)).toBe(ending)
  })
})
