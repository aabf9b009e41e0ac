import type { ChatCompletionChunk } from '@sluice/core/wire'
import {
  accumulate,
  coalesce,
  collectToolCalls,
  eachChunk,
  failIfTruncated,
  fromEvents,
  meterUsage,
  pickReasoning,
  pickText,
  redact,
  reidentify,
  RedactionVault,
  splitReasoning,
  stopAt,
  type ChatBatch,
} from '@sluice/sse-stream'
import { of, type OperatorFunction } from 'rxjs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { batch, callPart, finish, run, say, think } from './answers.ts'

const TOKENS = 200
const encoder = new TextEncoder()
const frame = (chunk: ChatCompletionChunk) => encoder.encode(`data: ${JSON.stringify(chunk)}\n\n`)

/** How often JSON is parsed while something runs. */
function parses(work: () => unknown): number {
  const spy = vi.spyOn(JSON, 'parse')
  work()
  const { length } = spy.mock.calls
  spy.mockRestore()
  return length
}

afterEach(() => vi.restoreAllMocks())

describe('operators that only look', () => {
  const looking: [string, OperatorFunction<ChatBatch, unknown>][] = [
    ['eachChunk', eachChunk()],
    ['pickText of another choice', pickText({ choice: 1 })],
    ['pickReasoning', pickReasoning()],
    ['collectToolCalls', collectToolCalls()],
    ['accumulate', accumulate()],
    ['failIfTruncated', failIfTruncated()],
    ['meterUsage', meterUsage(() => {})],
    ['coalesce', coalesce({ maxChars: 10 })],
    ['redact', redact(/\d{16}/)],
    ['stopAt', stopAt('STOP')],
    ['splitReasoning', splitReasoning()],
    ['reidentify', reidentify(new RedactionVault())],
  ]
  const parts = [
    say('a'),
    think('b'),
    callPart(0, '{}', 'f'),
    say('c', 1),
    finish('tool_calls'),
    finish('stop', 1),
  ]

  it.each(looking)('%s parses each chunk once at most', (_name, operator) => {
    expect(parses(() => run([batch(...parts), batch(say('d'))], operator))).toBeLessThanOrEqual(
      parts.length + 1,
    )
  })

  it('share one parse where several look', () => {
    const chained: OperatorFunction<ChatBatch, string> = (source) =>
      source.pipe(
        meterUsage(() => {}),
        failIfTruncated(),
        redact(/\d{16}/),
        stopAt('STOP'),
        pickText({ choice: 1 }),
      )
    expect(parses(() => run([batch(...parts)], chained))).toBe(parts.length)
  })

  it('pickText parses hardly any of the tokens of a long stream', () => {
    const stream = [...Array.from({ length: TOKENS }, (_, at) => say(`t${at} `)), finish()].map(
      frame,
    )
    let text = ''
    const source = fromEvents(of(...stream, encoder.encode('data: [DONE]\n\n')))
    const count = parses(() => source.pipe(pickText()).subscribe((more) => (text += more)))
    expect(text).toContain(`t${TOKENS - 1} `)
    expect(count).toBeLessThan(TOKENS / 10)
  })
})
