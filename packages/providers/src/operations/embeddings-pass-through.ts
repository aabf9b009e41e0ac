import type { CompletionUsage } from '@sluice/core/wire'

const ENTRY = String.raw`\{\s*"object"\s*:\s*"embedding"\s*,\s*"index"\s*:\s*(?:0|[1-9]\d{0,8})\s*,\s*"embedding"\s*:\s*(["[])`
const HEAD = new RegExp(String.raw`^\s*\{\s*"object"\s*:\s*"list"\s*,\s*"data"\s*:\s*\[\s*${ENTRY}`)
const NEXT = new RegExp(String.raw`^\s*\}\s*,\s*${ENTRY}`)
const COUNT = String.raw`\s*:\s*(0|[1-9]\d{0,14})\s*`
const TAIL = new RegExp(
  String.raw`^\s*\}\s*\]\s*,\s*"model"\s*:\s*"[\x20!#-\[\]-~]*"\s*,\s*` +
    String.raw`"usage"\s*:\s*\{\s*"prompt_tokens"${COUNT},\s*"total_tokens"${COUNT}\}\s*\}\s*$`,
)
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/
/** Longer than an entry's members before its vector, blanks and all. */
const MAX_ENTRY = 200
const MAX_TAIL = 400

/**
 * The usage of an embeddings answer that is OpenAI's own form from its first byte to its last;
 * `undefined` where it is not, or is not encoded as asked. Looking the numbers over takes half as
 * long as parsing them, and nothing has to be written anew.
 */
export function embeddingsPassThrough(
  bytes: Uint8Array,
  format: 'float' | 'base64' | undefined,
): CompletionUsage | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  for (let entry = HEAD; ; entry = NEXT) {
    const begun = entry.exec(text.toString('latin1', at, at + MAX_ENTRY))
    if (begun === null || (begun[1] === '"') !== (format === 'base64')) return undefined
    at += begun[0].length
    at = format === 'base64' ? base64End(text, at) : numbersEnd(text, view, at)
    if (at < 0) return undefined
    if (text.length - at > MAX_TAIL) continue
    const tail = TAIL.exec(text.toString('latin1', at))
    if (tail !== null)
      return { prompt_tokens: Number(tail[1]), completion_tokens: 0, total_tokens: Number(tail[2]) }
  }
}

/** Behind the quote that ends a text of base64; -1 where it is something else. */
function base64End(text: Buffer, start: number): number {
  const end = text.indexOf(0x22, start)
  return end >= 0 && BASE64.test(text.toString('latin1', start, end)) ? end + 1 : -1
}

/** Behind the bracket that ends a list of numbers in JSON; -1 where it is something else. */
function numbersEnd(text: Buffer, view: DataView, start: number): number {
  let at = start
  for (;;) {
    if (text[at]! <= 0x20) at = blanksEnd(text, at)
    at = numberEnd(text, view, at)
    if (at < 0) return -1
    if (text[at]! <= 0x20) at = blanksEnd(text, at)
    const byte = text[at++]
    if (byte === 0x5d) return at
    if (byte !== 0x2c) return -1
  }
}

function numberEnd(text: Buffer, view: DataView, start: number): number {
  const whole = text[start] === 0x2d ? start + 1 : start
  let at = whole
  while ((text[at]! ^ 0x30) < 10) at++
  if (at === whole || (text[whole] === 0x30 && at - whole > 1)) return -1
  if (text[at] === 0x2e) {
    const lead = ++at
    // Mostly there are fifteen or more, so that they are looked at by four.
    for (const last = text.length - 4; at <= last; at += 4) {
      const four = view.getUint32(at)
      if ((four & 0xf0f0f0f0) !== 0x30303030 || ((four + 0x06060606) & 0xf0f0f0f0) !== 0x30303030)
        break
    }
    while ((text[at]! ^ 0x30) < 10) at++
    if (at === lead) return -1
  }
  if ((text[at]! | 0x20) !== 0x65) return at
  const sign = text[at + 1]
  const power = sign === 0x2b || sign === 0x2d ? at + 2 : at + 1
  at = power
  while ((text[at]! ^ 0x30) < 10) at++
  return at === power ? -1 : at
}

function blanksEnd(text: Buffer, start: number): number {
  let at = start
  while (text[at] === 0x20 || text[at] === 0x0a || text[at] === 0x0d || text[at] === 0x09) at++
  return at
}
