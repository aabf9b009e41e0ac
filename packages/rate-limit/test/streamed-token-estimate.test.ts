import { createGate } from '@sluice/core'
import { DocumentBatch, TypedEventBatch } from '@sluice/sse-stream/internal'
import { expect, test } from 'vitest'
import { StreamedTokenEstimate } from '../src/streamed-token-estimate.ts'
import { binary, deltas, document, events, words } from './fixtures/batches.ts'

function count(...batches: Parameters<StreamedTokenEstimate['add']>[0][]): number {
  const relayed = new StreamedTokenEstimate()
  for (const batch of batches) relayed.add(batch)
  return relayed.count()
}

test('is nothing before anything was handed on', () => {
  expect(count()).toBe(0)
  expect(count(words())).toBe(0)
})

test('counts an event of a stream as a token where it is a word', () => {
  const stream = Array.from({ length: 50 }, (_, index) => words(` w${index}`, ' and'))
  expect(count(...stream)).toBeGreaterThan(95)
  expect(count(...stream)).toBeLessThan(105)
})

test('judges by what came late in a stream, whatever it began with', () => {
  const stream = [words('x'.repeat(4000)), ...Array.from({ length: 100 }, () => words(' word'))]
  expect(count(...stream)).toBeLessThan(250)
})

test('holds on to few of the batches of a long stream', () => {
  const held = new Set<unknown>()
  const relayed = new StreamedTokenEstimate()
  for (let at = 0; at < 1000; at++) {
    const batch = words(` w${at % 10}`)
    relayed.add({ ...batch, chunks: () => (held.add(at), batch.chunks()) })
    relayed.count()
  }
  expect(held.size).toBeLessThan(12)
})

test('counts long events by their text', () => {
  const stream = Array.from({ length: 10 }, () => words('x'.repeat(4000)))
  expect(count(...stream)).toBeGreaterThan(9900)
  expect(count(...stream)).toBeLessThan(10_100)
})

test('counts reasoning, refusals and the arguments of calls too', () => {
  expect(count(deltas({ reasoning_content: 'x'.repeat(400) }))).toBe(100)
  expect(count(deltas({ refusal: 'x'.repeat(400) }))).toBe(100)
  expect(
    count(deltas({ tool_calls: [{ index: 0, function: { arguments: 'x'.repeat(400) } }] })),
  ).toBe(100)
})

test.each([
  [
    'a legacy completion',
    { object: 'text_completion', choices: [{ index: 0, text: 'x'.repeat(400) }] },
  ],
  [
    "Gemini's form",
    { candidates: [null, { content: { parts: [null, { text: 'x'.repeat(400) }] } }] },
  ],
  [
    'a call in it',
    { candidates: [{ content: { parts: [{ functionCall: { args: { x: 'x'.repeat(392) } } }] } }] },
  ],
  [
    'a response',
    { type: 'response.output_text.delta', sequence_number: 4, delta: 'x'.repeat(400) },
  ],
  ['a transcription', { type: 'transcript.text.delta', delta: 'x'.repeat(400) }],
])('counts the text of %s', (_what, event) => {
  expect(count(events(event), events(event))).toBe(200)
})

test('counts an event without text as one token, however long it is', () => {
  expect(
    count(events({ type: 'image_generation.partial_image', b64_json: 'A'.repeat(100_000) })),
  ).toBe(1)
})

test('counts a whole legacy completion by its text', () => {
  const completion = { object: 'text_completion', choices: [{ index: 0, text: 'x'.repeat(400) }] }
  expect(count({ ...document(''), chunks: () => [], document: () => completion })).toBe(100)
  expect(count({ ...document(''), chunks: () => [], document: () => undefined })).toBe(0)
})

test('counts the text of a whole answer', () => {
  expect(count(document('x'.repeat(400)))).toBe(100)
})

test('counts no sound', () => {
  expect(count(binary(new Uint8Array(1e6)))).toBe(0)
})

test('does not take a batch apart before it is asked', () => {
  const batch = { ...words('hello'), chunks: () => expect.fail('nobody asked') }
  new StreamedTokenEstimate().add(batch)
})

test('counts the words, thoughts and calls of a message', () => {
  const delta = (fields: object) => ({
    type: 'content_block_delta',
    index: 0,
    delta: { type: 'x', ...fields },
  })
  const long = 'x'.repeat(4000)
  for (const field of ['text', 'thinking', 'partial_json']) {
    const batch = new TypedEventBatch({ events: [delta({ [field]: long })] }, createGate())
    expect(count(batch)).toBe(1000)
  }
  const value = { type: 'message', content: [{ type: 'text', text: long }] }
  expect(count(new DocumentBatch<never, object>({ value }, createGate()))).toBe(1000)
})
