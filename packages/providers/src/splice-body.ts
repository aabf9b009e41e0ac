import { scanMembers } from '@sluice/core'

const encoder = new TextEncoder()

/**
 * A JSON object's own bytes with some top-level members set. Gives `undefined` where that could mean something else to another reader: a key
 * that stands twice, or is written with escapes, or one to be removed that is there. Then our own serialisation goes out instead.
 */
export function spliceBody(
  body: Uint8Array,
  set: Readonly<Record<string, unknown>>,
  unset: readonly string[],
): Uint8Array | undefined {
  const places = new Map<string, { readonly start: number; readonly end: number }>()
  let exact = true
  const close = scanMembers(body, 0, (keyStart, keyEnd, start, end) => {
    let key = ''
    for (let at = keyStart; at < keyEnd; at++) {
      const byte = body[at]!
      if (byte === 0x5c || byte >= 0x80) exact = false
      key += String.fromCharCode(byte)
    }
    if (places.has(key) || unset.includes(key)) exact = false
    places.set(key, { start, end })
  })
  if (!exact) return undefined
  const edits: { start: number; end: number; bytes: Uint8Array }[] = []
  for (const [key, value] of Object.entries(set)) {
    const place = places.get(key)
    if (place !== undefined) edits.push({ ...place, bytes: encoder.encode(JSON.stringify(value)) })
    else {
      const comma = places.size > 0 || edits.some((edit) => edit.start === close - 1) ? ',' : ''
      edits.push({
        start: close - 1,
        end: close - 1,
        bytes: encoder.encode(`${comma}${JSON.stringify(key)}:${JSON.stringify(value)}`),
      })
    }
  }
  if (edits.length === 0) return body
  edits.sort((a, b) => a.start - b.start)
  const spliced = new Uint8Array(
    edits.reduce((length, edit) => length + edit.bytes.length - (edit.end - edit.start), body.length),
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
