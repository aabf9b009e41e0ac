import { createParser } from 'eventsource-parser'

/** A parsed SSE event. */
export interface ServerSentEvent {
  /** The `event:` field, where it was given. */
  readonly event: string | undefined
  /** The `data:` lines, joined by line feeds. */
  readonly data: string
  readonly id?: string | undefined
}

/** Parses the text of one event block (lines up to a blank one). A block of comments alone, or without data, gives `undefined`. */
export function parseEvent(block: string): ServerSentEvent | undefined {
  let found: ServerSentEvent | undefined
  const parser = createParser({
    onEvent(event) {
      found = { event: event.event, data: event.data, id: event.id }
    },
  })
  // The scanner has found the block's end; a blank line more makes the parser deliver also what the stream's end cut short.
  parser.feed(block.endsWith('\n') ? `${block}\n` : `${block}\n\n`)
  return found
}
