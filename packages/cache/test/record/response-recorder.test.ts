import { call, createGate, type Batch } from '@sluice/core'
import { BinaryBatch, ChunkBatch, DocumentBatch, EventBatch } from '@sluice/sse-stream/internal'
import { describe, expect, it } from 'vitest'
import { ResponseRecorder } from '../../src/record/response-recorder.ts'
import { params } from '../fixtures/client.ts'
import { usage } from '../fixtures/fake-upstream.ts'

const gate = createGate()
const whole = 'data: {"choices":[{"index":0,"delta":{"content":"hi"},"finish_reason":"stop"}]}\n\n'
const events = (text = whole): Batch => new EventBatch(new TextEncoder().encode(text), gate)
const document = (): Batch =>
  new DocumentBatch<unknown, unknown>(
    { value: { choices: [{ message: { content: 'hi' }, finish_reason: 'stop' }] } },
    gate,
  )

function record(batches: readonly Batch[], maxEntryBytes = 1000) {
  const recorder = new ResponseRecorder({
    operation: { isCompletion: true },
    maxEntryBytes,
    toolCalls: false,
  })
  for (const batch of batches) recorder.add(batch)
  const asked = call('chat.completions', params)
  Object.assign(asked.report, { provider: 'p', model: 'm', droppedParams: ['seed'] })
  return recorder.finish(asked, 7)
}

describe('ResponseRecorder', () => {
  it('makes an entry of a stream, with the usage beside the events', () => {
    const entry = record([
      events(whole.slice(0, 20)),
      events(whole.slice(20)),
      new ChunkBatch([], gate, usage),
    ])
    expect(entry).toEqual({
      version: 1,
      operation: 'chat.completions',
      framing: 'events',
      bytes: new TextEncoder().encode(whole),
      usage,
      provider: 'p',
      model: 'm',
      droppedParams: ['seed'],
      storedAtMs: 7,
    })
  })

  it('makes an entry of a document', () => {
    expect(record([document()])).toMatchObject({ framing: 'document', usage: null })
  })

  it('keeps an answer of just the allowed length', () => {
    expect(record([events()], whole.length)).toBeDefined()
    expect(record([events()], whole.length - 1)).toBeUndefined()
  })

  it.each<[string, Batch[]]>([
    ['nothing', []],
    ['two documents', [document(), document()]],
    ['events and a document', [events(), document()]],
    ['a document and events', [document(), events()]],
    ['bytes that are not JSON', [new BinaryBatch(new Uint8Array(1), 'audio/mpeg', gate)]],
    ['events that end in the middle', [events(whole.slice(0, 40))]],
  ])('makes no entry of %s', (_what, batches) => {
    expect(record(batches)).toBeUndefined()
  })
})
