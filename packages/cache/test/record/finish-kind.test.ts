import type { ChatCompletion } from '@sluice/core/wire'
import { encodeFrame } from '@sluice/sse-stream/internal'
import { describe, expect, it } from 'vitest'
import {
  finishKindOfDocument,
  endingOfEvents,
  type FinishKind,
} from '../../src/record/finish-kind.ts'

const encoder = new TextEncoder()

function events(...choices: object[]): Uint8Array {
  return encoder.encode(
    choices.map((choice) => encodeFrame({ id: 'x', choices: [choice] })).join(''),
  )
}

const said = { index: 0, delta: { content: 'hi' }, finish_reason: null }
const saying = (delta: object, index = 0) => ({ index, delta, finish_reason: null })
const calling = (name: string, args: string) =>
  saying({
    tool_calls: [{ index: 0, id: 'c', type: 'function', function: { name, arguments: args } }],
  })
const called = calling('look', '{"at":1}')
const ended = (finish_reason: string | null, index = 0) => ({ index, delta: {}, finish_reason })

describe('endingOfEvents', () => {
  it.each<[string, object[], FinishKind]>([
    ['one choice that stopped', [said, ended('stop')], 'complete'],
    [
      'several choices that stopped',
      [said, saying({ content: 'ho' }, 1), ended('stop'), ended('stop', 1)],
      'complete',
    ],
    ['no finish reason', [said], 'truncated'],
    ['length', [said, ended('length')], 'truncated'],
    ['content_filter', [ended('content_filter')], 'truncated'],
    ['a reason nobody knows', [ended('pause')], 'truncated'],
    ['one choice of two at its limit', [ended('stop'), ended('length', 1)], 'truncated'],
    ['tool calls', [called, ended('tool_calls')], 'tool_calls'],
    ['a function call that never came', [ended('function_call')], 'truncated'],
    ['a call that was forced by name', [called, ended('stop')], 'tool_calls'],
    ['nothing said', [ended('stop')], 'truncated'],
    ['an empty text', [saying({ role: 'assistant', content: '' }), ended('stop')], 'truncated'],
    [
      'blanks alone',
      [saying({ content: '\n' }), saying({ content: ' \t\n' }), ended('stop')],
      'truncated',
    ],
    ['blanks before a text', [saying({ content: '\n\n' }), said, ended('stop')], 'complete'],
    ['text behind blanks in one event', [saying({ content: '\n \\n' }), ended('stop')], 'complete'],
    ['reasoning alone', [saying({ reasoning_content: 'well' }), ended('stop')], 'truncated'],
    ['one choice of two that says nothing', [said, ended('stop'), ended('stop', 1)], 'truncated'],
    [
      'one choice of two without an end',
      [said, saying({ content: 'ho' }, 1), ended('stop')],
      'truncated',
    ],
    ['a refusal', [saying({ refusal: 'No.' }), ended('stop')], 'truncated'],
    [
      'a refusal in the midst of a text',
      [said, saying({ refusal: 'No.' }), ended('stop')],
      'truncated',
    ],
    ['sound', [saying({ audio: { id: 'a', data: 'UklG' } }), ended('stop')], 'complete'],
    ['an error beside a text', [said, { ...ended('stop'), error: { message: 'x' } }], 'truncated'],
    ['a word from every object', [said, ended('constructor')], 'truncated'],
    ['the word __proto__', [said, ended('__proto__')], 'truncated'],
    ['a call without a name', [calling('', '{}'), ended('tool_calls')], 'truncated'],
    [
      'a call whose arguments break off',
      [calling('look', '{"at":'), ended('tool_calls')],
      'truncated',
    ],
    [
      'a call whose arguments are a text',
      [calling('look', '"at"'), ended('tool_calls')],
      'truncated',
    ],
    ['a call without arguments', [calling('look', ''), ended('tool_calls')], 'tool_calls'],
    ['calls that never came', [said, ended('tool_calls')], 'truncated'],
    [
      'text that speaks of the words',
      [{ ...said, delta: { content: '"finish_reason":"stop"' } }],
      'truncated',
    ],
    [
      'text that speaks of other endings',
      [{ ...said, delta: { content: '"finish_reason":"length" "tool_calls":[{' } }, ended('stop')],
      'complete',
    ],
  ])('knows %s', (_what, choices, ending) => {
    expect(endingOfEvents(events(...choices))).toBe(ending)
  })

  it.each<[string, FinishKind]>([
    ['stop', 'complete'],
    ['length', 'truncated'],
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

describe('finishKindOfDocument', () => {
  const whole = (message: object, finish_reason = 'stop') => ({ message, finish_reason })
  const fn = (name: string, args: string) => ({
    type: 'function',
    function: { name, arguments: args },
  })

  it.each<[string, object[], FinishKind]>([
    ['stop', [whole({ content: 'hi' })], 'complete'],
    ['length', [whole({ content: 'hi' }, 'length')], 'truncated'],
    ['content_filter', [whole({ content: 'hi' }, 'content_filter')], 'truncated'],
    ['nothing said', [whole({ content: null })], 'truncated'],
    ['an empty text', [whole({ content: '' })], 'truncated'],
    ['blanks alone', [whole({ content: ' \n' })], 'truncated'],
    ['reasoning alone', [whole({ content: '', reasoning_content: 'well' })], 'truncated'],
    ['a refusal', [whole({ content: null, refusal: 'No.' })], 'truncated'],
    [
      'one choice of two that says nothing',
      [whole({ content: 'hi' }), whole({ content: '' })],
      'truncated',
    ],
    ['sound', [whole({ content: null, audio: { id: 'a', data: 'UklG' } })], 'complete'],
    ['a picture', [whole({ content: '', images: [{ type: 'image_url' }] })], 'complete'],
    [
      'a function call',
      [whole({ function_call: { name: 'look', arguments: '{}' } }, 'function_call')],
      'tool_calls',
    ],
    [
      'a custom call',
      [whole({ tool_calls: [{ custom: { name: 'look', input: '' } }] }, 'tool_calls')],
      'tool_calls',
    ],
    ['a call without a name', [whole({ tool_calls: [fn('', '{}')] }, 'tool_calls')], 'truncated'],
    [
      'a call whose arguments break off',
      [whole({ tool_calls: [fn('look', '{"a')] }, 'tool_calls')],
      'truncated',
    ],
    [
      'one broken call of two',
      [whole({ tool_calls: [fn('look', '{}'), fn('look', '{')] }, 'tool_calls')],
      'truncated',
    ],
    ['calls that never came', [whole({ content: 'hi' }, 'tool_calls')], 'truncated'],
    ['a word from every object', [whole({ content: 'hi' }, 'constructor')], 'truncated'],
    ['no choices', [], 'truncated'],
    ['no reason', [{ message: {}, finish_reason: null }], 'truncated'],
    ['tool calls', [whole({ tool_calls: [fn('look', '{}')] }, 'tool_calls')], 'tool_calls'],
    ['a forced call', [whole({ tool_calls: [fn('look', '{}')] })], 'tool_calls'],
    ['no calls in a list', [whole({ content: 'hi', tool_calls: [] })], 'complete'],
  ])('knows %s', (_what, choices, ending) => {
    expect(finishKindOfDocument({ choices } as unknown as ChatCompletion)).toBe(ending)
  })
})
