import type { Batch, Gate } from '@sluice/core'
import {
  ChunkBatch,
  DocumentBatch,
  EventBatch,
  TypedEventBatch,
  type BufferPool,
} from '@sluice/sse-stream/internal'
import type { Subscriber } from 'rxjs'
import type { RequestedForm } from '../form/requested-form.ts'
import { ReplayedEvents } from './replayed-events.ts'
import type { ReplayIdentity } from './replay-identity.ts'
import type { CachedResponse } from './cached-response.ts'

/**
 * Gives a stored answer to a subscriber in the form that was asked for. A long stream is handed out
 * in slices, each when the gate is open.
 */
export function replay(
  answer: CachedResponse,
  asked: RequestedForm,
  identity: ReplayIdentity,
  gate: Gate,
  buffers: BufferPool,
  subscriber: Subscriber<Batch>,
): void {
  if (answer.isMessage && answer.entry.framing === 'events') {
    subscriber.next(new TypedEventBatch({ bytes: answer.message() }, gate, answer.usage))
    subscriber.complete()
  } else if (asked.streamed)
    replayEvents(answer, asked.showsUsage, identity, gate, buffers, subscriber)
  else {
    subscriber.next(new DocumentBatch({ bytes: answer.document(identity) }, gate, answer.usage))
    subscriber.complete()
  }
}

function replayEvents(
  answer: CachedResponse,
  showsUsage: boolean,
  identity: ReplayIdentity,
  gate: Gate,
  buffers: BufferPool,
  subscriber: Subscriber<Batch>,
): void {
  const { content, usage } = answer.events()
  let next = 0
  const goOn = (): void => {
    while (next < content.sliceCount && !subscriber.closed) {
      if (next > 0 && !gate.isOpen) {
        subscriber.add(gate.whenOpen(goOn))
        return
      }
      subscriber.next(new ReplayedEvents(content, next++, identity, gate, buffers))
    }
    if (answer.usage !== undefined) {
      const shown = showsUsage ? usage : undefined
      subscriber.next(
        shown === undefined
          ? new ChunkBatch([], gate, answer.usage)
          : new EventBatch(shown.stamped(identity), gate, [], answer.usage),
      )
    }
    subscriber.complete()
  }
  goOn()
}
