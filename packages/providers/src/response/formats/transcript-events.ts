import type { Batch, Gate } from '@sluice/core'
import type { Transcription, TranscriptionStreamEvent } from '@sluice/core/wire'
import { TypedEventBatch } from '@sluice/sse-stream/internal'
import { tokenUsage } from './token-usage.ts'

type TranscriptBatch = Batch<TranscriptionStreamEvent, Transcription>

/** The stream that a whole transcription would have been: its text, then that it is done. */
export function transcriptEvents(transcription: Transcription, gate: Gate): TranscriptBatch[] {
  const { text, usage } = transcription
  const events = text === '' ? [] : [{ type: 'transcript.text.delta', delta: text }]
  const cost = tokenUsage(usage)
  // The event knows usage in tokens alone.
  const done = { type: 'transcript.text.done', text, ...(cost === undefined ? {} : { usage }) }
  const batch = new TypedEventBatch<TranscriptionStreamEvent, Transcription>(
    { events: [...events, done] },
    gate,
  )
  return cost === undefined ? [batch] : [batch, new TypedEventBatch({ events: [] }, gate, cost)]
}
