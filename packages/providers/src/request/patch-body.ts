import { isAscii, scanMembers } from '@sluice/core/internal'

const encoder = new TextEncoder()
/** Keys that are compared one with another; bodies of more are rare, and are written anew. */
const MAX_KEYS = 64

/** What stands from `start` to `end` is replaced. */
interface Edit {
  readonly key: string
  readonly start: number
  readonly end: number
  readonly bytes: Uint8Array
}

/**
 * A JSON object's own bytes with some top-level members set. Gives `undefined` where that could
 * mean something else to another reader: a key that stands twice, or is written with escapes, or
 * one to be removed that is there. Then our own serialisation goes out instead.
 */
export function patchBody(
  body: Uint8Array,
  set: Readonly<Record<string, unknown>>,
  unset: readonly string[],
): Uint8Array | undefined {
  const names = Object.keys(set)
  const edits: Edit[] = []
  const keys: number[] = []
  let exact = true
  const close = scanMembers(body, 0, (keyStart, keyEnd, start, end) => {
    exact &&= isPlain(body, keyStart, keyEnd) && !occursIn(body, keys, keyStart, keyEnd)
    keys.push(keyStart, keyEnd)
    if (nameAt(body, keyStart, keyEnd, unset) !== undefined) exact = false
    const key = nameAt(body, keyStart, keyEnd, names)
    if (key !== undefined)
      edits.push({ key, start, end, bytes: encoder.encode(JSON.stringify(set[key])) })
  })
  if (!exact) return undefined
  let comma = keys.length > 0 ? ',' : ''
  for (const key of names) {
    if (edits.some((edit) => edit.key === key)) continue
    const bytes = encoder.encode(`${comma}${JSON.stringify(key)}:${JSON.stringify(set[key])}`)
    edits.push({ key, start: close - 1, end: close - 1, bytes })
    comma = ','
  }
  if (edits.length === 0) return body
  edits.sort((a, b) => a.start - b.start)
  const spliced = new Uint8Array(
    edits.reduce(
      (length, edit) => length + edit.bytes.length - (edit.end - edit.start),
      body.length,
    ),
  )
  let from = 0
  let to = 0
  for (const { start, end, bytes } of edits) {
    spliced.set(body.subarray(from, start), to)
    to += start - from
    spliced.set(bytes, to)
    to += bytes.length
    from = end
  }
  spliced.set(body.subarray(from), to)
  return spliced
}

/** The one of `names` that a plain key is. */
function nameAt(
  json: Uint8Array,
  start: number,
  end: number,
  names: readonly string[],
): string | undefined {
  return names.find((name) => name.length === end - start && isAscii(json, start, name))
}

/**
 * Whether a key is written in ASCII and without escapes, so that each reader takes it for the same.
 */
function isPlain(json: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (json[at] === 0x5c || json[at]! >= 0x80) return false
  return true
}

/** Whether a key is one of those that came before it, or there were too many to tell. */
function occursIn(json: Uint8Array, keys: readonly number[], start: number, end: number): boolean {
  if (keys.length > MAX_KEYS * 2) return true
  next: for (let index = 0; index < keys.length; index += 2) {
    const other = keys[index]!
    if (keys[index + 1]! - other !== end - start) continue
    for (let at = start; at < end; at++) if (json[at] !== json[other + at - start]) continue next
    return true
  }
  return false
}
