import { describe, expect, it } from 'vitest'
import { parseEvent } from '../../src/sse/parse-event.ts'

describe('parseEvent', () => {
  it.each([
    ['data: {"a":1}\n\n', undefined, '{"a":1}'],
    ['data: {"a":1}\r\n\r\n', undefined, '{"a":1}'],
    ['data: a\r\ndata: b\r\n\r\n', undefined, 'a\nb'],
    ['data: a\ndata: b\r\n\r\n', undefined, 'a\nb'],
    ['data: a\rdata: b\r\n\r\n', undefined, 'a\nb'],
    ['event: e\r\ndata: a\r\n\r\n', 'e', 'a'],
    ['event: e\ndata: a\n\n', 'e', 'a'],
    [': note\r\ndata: a\r\n\r\n', undefined, 'a'],
    ['data: a\r\n: note\r\n\r\n', undefined, 'a'],
    ['data:a\r\n\r\n', undefined, 'a'],
    ['data: \r\n\r\n', undefined, ''],
  ])('reads %j', (block, event, data) => {
    expect(parseEvent(block)).toMatchObject({ event, data })
  })

  it.each(['\r\n\r\n', ': note\r\n\r\n', 'id: 1\r\n\r\n'])('finds nothing in %j', (block) => {
    expect(parseEvent(block)).toBeUndefined()
  })
})
