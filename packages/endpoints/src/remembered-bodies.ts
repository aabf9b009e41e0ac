import { crc32 } from 'node:zlib'
import { ParsedBody, parseJson } from './parse-json.ts'
import type { ParamsCheck } from './validate.ts'

/** A longer body is seldom sent twice, and comparing and keeping it would cost more. */
const MAX_BODY_BYTES = 16 * 1024
const MAX_BODIES = 256
/** Of all bodies together. What they are parsed to takes several times as much, for bodies made of nothing but brackets up to twenty times. */
const MAX_BYTES = 1024 * 1024
/** Fingerprints of bodies seen once; a power of two. */
const NOTED = 4096
/** Other bodies of the same fingerprint after which a remembered one makes room. */
const MAX_STRANGERS = 16

/** A body that is remembered, for the route whose check it passed. */
class RememberedBody {
  readonly check: ParamsCheck
  readonly bytes: Buffer
  readonly body: ParsedBody
  strangers = 0

  constructor(check: ParamsCheck, bytes: Buffer, body: ParsedBody) {
    this.check = check
    this.bytes = bytes
    this.body = body
  }
}

/**
 * Bodies that have come before. The third time that the same bytes are sent to the same route they are neither parsed nor checked: all that they cost is to
 * be compared. Those who send them share one object, deeply frozen, so that whoever changes params in place fails instead of changing what others sent.
 *
 * Of a body that comes once no object is kept, only a number: what is kept would outlive the request and have to be collected.
 */
export class RememberedBodies {
  readonly #fingerprintOf: (bytes: Uint8Array) => number
  readonly #noted = new Int32Array(NOTED)
  readonly #remembered = new Map<number, RememberedBody>()
  #bytes = 0

  constructor(fingerprint = fingerprintOf) {
    this.#fingerprintOf = fingerprint
  }

  /** What `parseJson` and the check of a route make of a body. @throws ApiError as they do, each time anew */
  read(bytes: Buffer, check: ParamsCheck): ParsedBody {
    if (bytes.length > MAX_BODY_BYTES) return checked(bytes, check)
    const fingerprint = this.#fingerprintOf(bytes)
    const known = this.#remembered.get(fingerprint)
    if (known === undefined) return this.#noticed(fingerprint, bytes, check)
    if (known.check === check && known.bytes.equals(bytes)) {
      known.strangers = 0
      return known.body
    }
    if (++known.strangers > MAX_STRANGERS) this.#forget(fingerprint, known)
    return checked(bytes, check)
  }

  #noticed(fingerprint: number, bytes: Buffer, check: ParamsCheck): ParsedBody {
    const body = checked(bytes, check)
    const at = fingerprint & (NOTED - 1)
    if (this.#noted[at] !== fingerprint) this.#noted[at] = fingerprint
    // Others are handed on than came where a mark stood in front; none where a member was taken out.
    else if (body.bytes === bytes) {
      // If there are too many of them to be remembered, each has to earn its place anew.
      this.#noted[at] = 0
      return this.#remember(fingerprint, bytes, check, body.params)
    }
    return body
  }

  #remember(fingerprint: number, bytes: Buffer, check: ParamsCheck, params: ParsedBody['params']): ParsedBody {
    this.#bytes += bytes.length
    for (const [oldest, one] of this.#remembered) {
      if (this.#remembered.size < MAX_BODIES && this.#bytes <= MAX_BYTES) break
      this.#forget(oldest, one)
    }
    // Memory of its own: what came is a part of what else the connection brought, and would keep that.
    const copy = Buffer.allocUnsafeSlow(bytes.length)
    copy.set(bytes)
    deepFreeze(params)
    const body = new ParsedBody(params, copy)
    this.#remembered.set(fingerprint, new RememberedBody(check, copy, body))
    return body
  }

  #forget(fingerprint: number, { bytes }: RememberedBody): void {
    this.#bytes -= bytes.length
    this.#remembered.delete(fingerprint)
  }
}

function checked(bytes: Buffer, check: ParamsCheck): ParsedBody {
  const body = parseJson(bytes)
  check(body.params)
  return body
}

function deepFreeze(value: object): void {
  Object.freeze(value)
  for (const item of Object.values(value) as unknown[]) if (typeof item === 'object' && item !== null) deepFreeze(item)
}

/** Of a longer body only as much of the beginning, and of the end, where chats grow. */
const LOOKED_AT = 1024

/**
 * 32 bits that different bodies seldom share, in a few hundred nanoseconds. Nothing rests on them but time: bodies are the same when all their bytes are.
 */
export function fingerprintOf(bytes: Uint8Array): number {
  const { length } = bytes
  if (length <= 2 * LOOKED_AT) return crc32(bytes, length) | 0
  return crc32(bytes.subarray(length - LOOKED_AT), crc32(bytes.subarray(0, LOOKED_AT), length)) | 0
}
