import { createGate } from '@sluice/core'
import { encodeTypedFrame, TypedEventBatch } from '@sluice/sse-stream/internal'
import { describe, expect, it } from 'vitest'

const gate = createGate()
const bytesOf = (text: string) => new TextEncoder().encode(text)
const textOf = (batch: TypedEventBatch) => new TextDecoder().decode(batch.bytes)
const said = { type: 'response.output_text.delta', delta: 'né\n"x"' }
const heard = { type: 'transcript.text.delta', delta: ' yes' }
const thought = { type: 'response.reasoning_summary_text.delta', delta: 'hm' }

describe('a batch of typed events', () => {
  it('writes each event under its own name', () => {
    expect(textOf(new TypedEventBatch({ events: [said, heard] }, gate))).toBe(
      'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"né\\n\\"x\\""}\n\n' +
        'event: transcript.text.delta\ndata: {"type":"transcript.text.delta","delta":" yes"}\n\n',
    )
  })

  it('gives the events it was made of, and sends the bytes it was made of', () => {
    const events = [said]
    expect(new TypedEventBatch({ events }, gate).chunks()).toBe(events)
    const bytes = bytesOf(encodeTypedFrame(said))
    expect(new TypedEventBatch({ bytes }, gate).bytes).toBe(bytes)
  })

  it.each([
    ['with names', encodeTypedFrame(said) + encodeTypedFrame(heard)],
    ['without names', `data: ${JSON.stringify(said)}\n\ndata: ${JSON.stringify(heard)}\n\n`],
    ['with CRLF', (encodeTypedFrame(said) + encodeTypedFrame(heard)).replaceAll('\n', '\r\n')],
    ['with comments', `: hi\n\n${encodeTypedFrame(said)}: there\n${encodeTypedFrame(heard)}`],
    ['without the last blank line', (encodeTypedFrame(said) + encodeTypedFrame(heard)).trimEnd()],
  ])('reads events %s', (_name, text) => {
    expect(new TypedEventBatch({ bytes: bytesOf(text) }, gate).chunks()).toEqual([said, heard])
  })

  it('says what the model says, and not what it thinks', () => {
    expect(new TypedEventBatch({ events: [thought, said, heard] }, gate).text()).toBe('né\n"x" yes')
  })

  it('is empty where it has no events', () => {
    const batch = new TypedEventBatch({ events: [] }, gate)
    expect([batch.bytes.length, batch.chunks(), batch.text()]).toEqual([0, [], ''])
  })
})
