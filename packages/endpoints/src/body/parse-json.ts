import { isUtf8 } from 'node:buffer'
import { ApiError } from '@sluice/core'
import { beyondLimit, bodyLimits } from './body-limits.ts'
import { printable } from '../validation/field-path.ts'
import { LongStrings } from './long-strings.ts'
import { scanLimits } from './scan-limits.ts'
import { tooLarge } from './too-large.ts'

/** A parsed object, and the bytes it came from where they say exactly the same. */
export class ParsedBody {
  readonly params: Record<string, unknown>
  readonly bytes: Uint8Array | undefined

  constructor(params: Record<string, unknown>, bytes: Uint8Array | undefined) {
    this.params = params
    this.bytes = bytes
  }
}

/**
 * Shorter bodies are parsed in no time whatever they hold, and their structure is checked
 * afterwards.
 */
const SCAN_FROM_BYTES = 65_536

/**
 * Parses a JSON object.
 * @throws ApiError 400 for what is not one, and for structure beyond `bodyLimits`.
 */
export function parseJson(body: Buffer): ParsedBody {
  return scanJson(body)()
}

/**
 * Looks a JSON body over, and returns what parses it: of a long body each takes about a millisecond
 * per MiB, so that others come between when the second waits for the next turn.
 *
 * @throws ApiError as `parseJson` does; so does what is returned
 */
export function scanJson(body: Buffer): () => ParsedBody {
  // RFC 8259 allows a reader to pass over a byte-order mark.
  const bytes = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? body.subarray(3) : body
  if (!isUtf8(bytes)) throw refusal('The request body is not valid UTF-8.')
  if (bytes.length === 0) throw refusal('The request body is empty; expected a JSON object.')
  if (bytes.length < SCAN_FROM_BYTES) return () => inspect(parse(bytes), bytes)
  const longStrings = LongStrings.in(bytes, scanLimits(bytes))
  return () => {
    const value = longStrings === undefined ? undefined : parseAround(longStrings)
    return value === undefined ? inspect(parse(bytes), bytes) : inspect(value, bytes, longStrings)
  }
}

/**
 * Checks a value that the host has parsed. It counts as long as its shortest JSON.
 *
 * @throws ApiError as `parseJson` does, and 413 for more than `maxBytes`.
 */
export function checkParsed(value: unknown, maxBytes: number): ParsedBody {
  return inspect(value, undefined, undefined, maxBytes)
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch (error) {
    // The engine's own words tell what stands where; they repeat some 20 characters of the body at
    // most.
    const reason = error instanceof SyntaxError ? ` (${printable(error.message, 120)})` : ''
    throw refusal(`The request body is not valid JSON; expected a JSON object${reason}.`)
  }
}

/** `undefined` where it is no JSON, which the parser of all of it says best. */
function parseAround(longStrings: LongStrings): unknown {
  try {
    return JSON.parse(longStrings.withMarks())
  } catch {
    return undefined
  }
}

function inspect(
  value: unknown,
  bytes: Uint8Array | undefined,
  longStrings?: LongStrings,
  maxBytes?: number,
): ParsedBody {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const got = value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`
    throw refusal(`The request body must be a JSON object, but is ${got}.`)
  }
  const inspection = new Inspection(longStrings, maxBytes)
  inspection.visit(value)
  return new ParsedBody(value as Record<string, unknown>, inspection.stripped ? undefined : bytes)
}

/**
 * Takes out `__proto__` members, which could become a prototype wherever objects are copied, holds
 * what is left against the limits, and puts long strings back in their places.
 */
class Inspection {
  stripped = false
  readonly #longStrings: LongStrings | undefined
  readonly #path: PropertyKey[] = []
  #values = 0
  #numbers = 0
  readonly #maxBytes: number | undefined
  #bytes = 0

  constructor(longStrings: LongStrings | undefined, maxBytes: number | undefined) {
    this.#longStrings = longStrings
    this.#maxBytes = maxBytes
  }

  visit(value: object): void {
    if (this.#path.length >= bodyLimits.depth) throw beyondLimit('depth', this.#path)
    this.#measure(2)
    if (Array.isArray(value)) this.#visitItems(value)
    else this.#visitMembers(value as Record<string, unknown>)
  }

  #visitItems(items: unknown[]): void {
    for (let at = 0; at < items.length; at++) {
      const item = items[at]
      this.#measure(at === 0 ? 0 : 1)
      this.#measureValue(item)
      if (typeof item !== 'object' && typeof item !== 'string') {
        if (++this.#numbers > bodyLimits.numbers) throw beyondLimit('numbers', this.#path)
      } else {
        this.#count()
        if (typeof item === 'object' && item !== null) this.#enter(at, item)
        else if (typeof item === 'string' && this.#longStrings !== undefined)
          items[at] = this.#longStrings.behind(item)
      }
    }
  }

  #visitMembers(object: Record<string, unknown>): void {
    if (Object.hasOwn(object, '__proto__')) {
      delete object['__proto__']
      this.stripped = true
    }
    let members = 0
    for (const name in object) {
      if (++members > bodyLimits.members) throw beyondLimit('members', this.#path)
      if (name.length > bodyLimits.nameLength) throw beyondLimit('nameLength', this.#path)
      this.#count()
      const item = object[name]
      this.#measure(members === 1 ? 1 : 2)
      this.#measureValue(name)
      this.#measureValue(item)
      if (typeof item === 'object' && item !== null) this.#enter(name, item)
      else if (typeof item === 'string' && this.#longStrings !== undefined)
        object[name] = this.#longStrings.behind(item)
    }
  }

  #enter(step: PropertyKey, value: object): void {
    this.#path.push(step)
    this.visit(value)
    this.#path.pop()
  }

  #measureValue(value: unknown): void {
    if (this.#maxBytes === undefined) return
    // A container measures itself when it is visited.
    if (typeof value === 'string') this.#measure(Buffer.byteLength(value) + 2)
    else if (typeof value !== 'object' || value === null) this.#measure(1)
  }

  #measure(bytes: number): void {
    this.#bytes += bytes
    if (this.#maxBytes !== undefined && this.#bytes > this.#maxBytes) throw tooLarge(this.#maxBytes)
  }

  #count(): void {
    if (++this.#values > bodyLimits.values) throw beyondLimit('values', this.#path.slice(0, 1))
  }
}

function refusal(message: string): ApiError {
  return new ApiError('invalid_request_error', { message })
}
