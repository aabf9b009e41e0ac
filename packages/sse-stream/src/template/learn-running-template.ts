import { Literal } from '../bytes/byte-literal.ts'
import { onlyStringNamed, stringClose } from '../bytes/json-string.ts'
import { EventTemplate, skipSpaces } from './event-template.ts'

const SPACE = 0x20

/**
 * Learns the shape of a named event that goes on as it came and of which only the string `name`
 * differs from one to the next; `event` holds the bytes of `block`. A vendor may pad such events
 * with spaces behind the string. Gives `undefined` where the string does not stand there in the
 * plainest way.
 */
export function learnRunningTemplate(
  event: Uint8Array,
  block: string,
  name: string,
): EventTemplate | undefined {
  // Only where each character is a byte does a place in the text tell the place in the bytes.
  if (event.length !== block.length) return undefined
  const start = onlyStringNamed(block, name)
  const close = start < 0 ? -1 : stringClose(event, start)
  if (close < 0) return undefined
  const view = new DataView(event.buffer, event.byteOffset, event.byteLength)
  const padding = event.indexOf(SPACE, close)
  const prefix = new Literal(view, 0, start)
  const text = { index: 0, path: [], isContent: false }
  if (padding < 0) return new EventTemplate(prefix, [new Literal(view, close, event.length)], text)
  const tail = new Literal(view, skipSpaces(event, padding), event.length)
  return new EventTemplate(prefix, [new Literal(view, close, padding)], text, { output: [], tail })
}
