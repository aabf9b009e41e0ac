import type { ChatCompletion } from '@sluice/core'
import { encodeFrame } from '@sluice/sse-stream'
import { describe, expect, it } from 'vitest'
import { endingOfDocument, endingOfEvents, type Ending } from '../src/ending.ts'

const encoder = new TextEncoder()

function events(...choices: object[]): Uint8Array {
  return encoder.encode(choices.map((choice) => encodeFrame({ id: 'x', choices: [choice] })).join(''))
}

const said = { index: 0, delta: { content: 'hi' }, finish_reason: null }
const called = { index: 0, delta: { tool_calls: [{ index: 0, id: 'c' }] }, finish_reason: null }
const ended = (finish_reason: string | null, index = 0) => ({ index, delta: {}, finish_reason })

describe('endingOfEvents', () => {
  it.each<[string, object[], Ending]>([
    ['one choice that stopped', [said, ended('stop')], 'said'],
    ['several choices that stopped', [said, ended('stop'), ended('stop', 1)], 'said'],
    ['no finish reason', [said], 'cut'],
    ['length', [said, ended('length')], 'cut'],
    ['content_filter', [ended('content_filter')], 'cut'],
    ['a reason nobody knows', [ended('pause')], 'cut'],
    ['one choice of two at its limit', [ended('stop'), ended('length', 1)], 'cut'],
    ['tool calls', [called, ended('tool_calls')], 'calls'],
    ['a function call', [ended('function_call')], 'calls'],
    ['a call that was forced by name', [called, ended('stop')], 'calls'],
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
      `data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "${reason}"}]}\n\ndata: {"choices": []}\n\n`,
    )
    expect(endingOfEvents(bytes)).toBe(ending)
  })

  it('throws where nothing can be read', () => {
    expect(() => endingOfEvents(encoder.encode('data: {\n\n'))).toThrow(SyntaxError)
  })
})

describe('endingOfDocument', () => {
  it.each<[string, object[], Ending]>([
    ['stop', [{ message: {}, finish_reason: 'stop' }], 'said'],
    ['length', [{ message: {}, finish_reason: 'length' }], 'cut'],
    ['no choices', [], 'cut'],
    ['no reason', [{ message: {}, finish_reason: null }], 'cut'],
    ['tool calls', [{ message: { tool_calls: [{}] }, finish_reason: 'tool_calls' }], 'calls'],
    ['a forced call', [{ message: { tool_calls: [{}] }, finish_reason: 'stop' }], 'calls'],
    ['no calls in a list', [{ message: { tool_calls: [] }, finish_reason: 'stop' }], 'said'],
  ])('knows %s', (_what, choices, ending) => {
    expect(endingOfDocument({ choices } as unknown as ChatCompletion)).toBe(ending)
  })
})
