import { isUtf8 } from 'node:buffer'
import { ApiError } from '@sluice/core'

/** A parsed object, and whether the bytes it came from say exactly the same. */
export interface ParsedBody {
  readonly params: Record<string, unknown>
  readonly bytes: Uint8Array | undefined
}

/** Levels of arrays and objects inside each other. Serialisers and validators recurse, and overflow far below what JSON.parse takes. */
const MAX_DEPTH = 64
/** Members of one object. */
const MAX_KEYS = 1024

/** Parses a JSON object. @throws ApiError 400 for what is not one, is nested too deeply, or has too many members. */
export function parseJson(body: Uint8Array): ParsedBody {
  // RFC 8259 allows a reader to pass over a byte-order mark.
  const bytes = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? body.subarray(3) : body
  if (!isUtf8(bytes)) throw new ApiError('invalid_request_error', { message: 'The request body is not valid UTF-8.' })
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString())
  } catch {
    throw new ApiError('invalid_request_error', {
      message:
        bytes.length === 0
          ? 'The request body is empty; expected a JSON object.'
          : 'The request body is not valid JSON; expected a JSON object.',
    })
  }
  return inspect(value, bytes)
}

/** Checks a value that the host has parsed. @throws ApiError as `parseJson` does. */
export function checkParsed(value: unknown): ParsedBody {
  return inspect(value, undefined)
}

function inspect(value: unknown, bytes: Uint8Array | undefined): ParsedBody {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ApiError('invalid_request_error', { message: 'The request body must be a JSON object.' })
  }
  const stripped = strip(value, 1)
  return { params: value as Record<string, unknown>, bytes: stripped ? undefined : bytes }
}

/** Takes out `__proto__` keys, which could become a prototype wherever objects are copied; tells whether there were any. */
function strip(value: object, depth: number): boolean {
  if (depth > MAX_DEPTH) {
    throw new ApiError('json_too_deep', { message: `The request body is nested more than ${MAX_DEPTH} levels deep.` })
  }
  let stripped = false
  if (Array.isArray(value)) {
    for (const item of value as unknown[]) if (typeof item === 'object' && item !== null) stripped = strip(item, depth + 1) || stripped
    return stripped
  }
  let keys = 0
  for (const key in value) {
    if (++keys > MAX_KEYS) {
      throw new ApiError('invalid_request_error', { message: `An object of the request body has more than ${MAX_KEYS} members.` })
    }
    const item = (value as Record<string, unknown>)[key]
    if (typeof item === 'object' && item !== null && key !== '__proto__') stripped = strip(item, depth + 1) || stripped
  }
  if (Object.hasOwn(value, '__proto__')) {
    delete (value as Record<string, unknown>)['__proto__']
    stripped = true
  }
  return stripped
}
