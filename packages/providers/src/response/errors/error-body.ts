import { parseVendorJson } from '@sluice/sse-stream/internal'

/**
 * What an error answer holds: JSON, also as the event of a stream; else its text. A page of a
 * proxy's gives `undefined`, for its status says enough.
 */
export function readErrorBody(bytes: Uint8Array): unknown {
  const text = new TextDecoder().decode(bytes)
  const whole = parsed(text) ?? parsed(dataIn(text))
  if (whole !== undefined) return whole
  const head = text.slice(0, 1000).trimStart().toLowerCase()
  return head.startsWith('<!doctype') || head.startsWith('<html') ? undefined : text
}

function parsed(text: string | undefined): unknown {
  if (text === undefined) return undefined
  try {
    return parseVendorJson(text)
  } catch {
    return undefined
  }
}

/** The data of the first event of a stream. */
function dataIn(text: string): string | undefined {
  const start = text.startsWith('data:') ? 0 : text.indexOf('\ndata:') + 1
  if (start === 0 && !text.startsWith('data:')) return undefined
  const end = text.indexOf('\n', start)
  return text.slice(start + 5, end < 0 ? undefined : end)
}
