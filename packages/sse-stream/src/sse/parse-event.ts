import { createParser } from 'eventsource-parser'

/** A parsed SSE event. */
export interface ServerSentEvent {
  /** The `event:` field, where it was given. */
  readonly event: string | undefined
  /** The `data:` lines, joined by line feeds. */
  readonly data: string
  readonly id?: string | undefined
}

/**
 * Parses the text of one event block (lines up to a blank one). A block of comments alone, or
 * without data, gives `undefined`.
 */
export function parseEvent(block: string): ServerSentEvent | undefined {
  return plainEvent(block) ?? parseLines(block)
}

/**
 * What nearly every vendor writes: one line of data, at most an `event:` line before it, and line
 * feeds alone, or one line of data and Windows' line ends. Making a parser for it costs more than
 * reading it.
 */
function plainEvent(block: string): ServerSentEvent | undefined {
  if (block.endsWith('\r\n\r\n')) return windowsEvent(block)
  let from = 0
  let name: string | undefined
  if (block.startsWith('event: ')) {
    from = block.indexOf('\n') + 1
    name = block.slice(7, from - 1)
  }
  if (!block.startsWith('data: ', from)) return undefined
  const end = block.indexOf('\n', from)
  if (end < 0 || end !== block.length - 2 || block[end + 1] !== '\n' || block.includes('\r'))
    return undefined
  return { event: name === '' ? undefined : name, data: block.slice(from + 6, end) }
}

function windowsEvent(block: string): ServerSentEvent | undefined {
  const end = block.length - 4
  const isPlain =
    block.startsWith('data: ') && block.indexOf('\r') === end && block.indexOf('\n') === end + 1
  return isPlain ? { event: undefined, data: block.slice(6, end) } : undefined
}

function parseLines(block: string): ServerSentEvent | undefined {
  let found: ServerSentEvent | undefined
  const parser = createParser({
    onEvent(event) {
      found = { event: event.event, data: event.data, id: event.id }
    },
  })
  // The scanner has found the block's end; a blank line more makes the parser deliver also what the
  // stream's end cut short.
  parser.feed(block.endsWith('\n') ? `${block}\n` : `${block}\n\n`)
  return found
}
