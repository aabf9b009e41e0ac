import type { Batch, Gate } from '@sluice/core'
import { BinaryBatch } from '@sluice/sse-stream/internal'
import { Observable } from 'rxjs'
import type { Respond } from '../route.ts'

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const encoder = new TextEncoder()
/** In front of each event, which is one line. */
const DATA = 'data: '

/**
 * Gives a stream as one JSON array, event by event: what Google's API does where a client does not
 * ask for `alt=sse`. One that breaks is no JSON.
 */
export const respondJsonArray: Respond = (responses) =>
  new Observable<Batch>((subscriber) => {
    let gate: Gate | undefined
    const write = (text: string) =>
      subscriber.next(new BinaryBatch(encoder.encode(text), 'application/json', gate!))
    return responses.subscribe({
      next(batch) {
        if (batch.framing !== 'events') return subscriber.next(batch)
        const events = eventsOf(batch)
        if (events.length === 0) return
        const before = gate === undefined ? '[' : ',\n'
        gate = batch.gate
        write(before + events.join(',\n'))
      },
      error: (error: unknown) => subscriber.error(error),
      complete() {
        if (gate !== undefined) write(']')
        subscriber.complete()
      },
    })
  })

function eventsOf({ bytes }: Batch): string[] {
  return decoder
    .decode(bytes)
    .split('\n')
    .flatMap((line) => (line.startsWith(DATA) ? [line.slice(DATA.length)] : []))
}
