import type { Clock } from '@sluice/core'
import { randomHex } from '@sluice/core/internal'

/** Makes a stored answer a new one: the end of its id, and the time it was made. */
export interface ReplayIdentity {
  /** 12 hexadecimal digits in ASCII, so that an id that is a UUID stays one. */
  readonly idEnd: Uint8Array
  /** Unix time in seconds, 10 digits in ASCII. */
  readonly created: Uint8Array
}

/** Characters at the end of an id that a replay makes its own. */
export const ID_END_LENGTH = 12
/** Digits of a Unix time in seconds, until the year 2286. */
export const CREATED_LENGTH = 10

/** Makes the identity of one replay. */
export function createReplayIdentity(clock: Clock): ReplayIdentity {
  const second = String(Math.floor(clock.wall() / 1000))
  return {
    idEnd: Buffer.from(randomHex(ID_END_LENGTH), 'latin1'),
    created: Buffer.from(second.padStart(CREATED_LENGTH, '0').slice(-CREATED_LENGTH), 'latin1'),
  }
}
