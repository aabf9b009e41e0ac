import type { Clock } from '@sluice/core'

/** What makes a stored answer a new one: the end of its id and the time it was made. */
export interface Stamp {
  /** 12 hexadecimal digits, so that an id that is a UUID stays one. */
  readonly idEnd: DataView
  /** Unix time in seconds, 10 digits. */
  readonly created: DataView
}

/** Characters at the end of an id that a replay makes its own. */
export const ID_END_LENGTH = 12
/** Digits of a Unix time in seconds, until the year 2286. */
export const CREATED_LENGTH = 10

/** A stamp for one replay. */
export function createStamp(clock: Clock): Stamp {
  const id = globalThis.crypto.randomUUID()
  const created = String(Math.floor(clock.wall() / 1000)).padStart(CREATED_LENGTH, '0')
  return { idEnd: ascii(id.slice(-ID_END_LENGTH)), created: ascii(created.slice(-CREATED_LENGTH)) }
}

function ascii(text: string): DataView {
  const bytes = new DataView(new ArrayBuffer(text.length))
  for (let at = 0; at < text.length; at++) bytes.setUint8(at, text.charCodeAt(at))
  return bytes
}
