import { randomHex } from '@sluice/core/internal'

/** Anthropic's ids and our own; the first in a message is the message's. */
const ID = /"id":\s*"msg_([A-Za-z0-9]{8,64})"/
/** It stands at the beginning, mostly first of all. */
const LOOKED_AT = 4096

/** Returns a message's bytes with an id that no other has; agents count by it. */
export function withMessageId(bytes: Uint8Array): Uint8Array {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, LOOKED_AT))
  const found = ID.exec(head.toString('latin1'))
  if (found === null) return bytes
  const id = found[1]!
  const start = found.index + found[0].length - 1 - id.length
  const fresh = Buffer.from(bytes)
  fresh.write(randomHex(id.length).slice(0, id.length), start, 'latin1')
  return fresh
}
