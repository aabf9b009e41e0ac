import type { IncomingMessage } from 'node:http'

const MAX_BYTES = 1024 * 1024
const MAX_MS = 5000

/**
 * Takes what is left of an upload that nobody wants any more, so that its sender comes to read the answer: a mebibyte or five seconds of it; who sends on
 * after that is cut off.
 */
export function discardUpload(req: IncomingMessage): void {
  if (req.readableEnded || req.destroyed) return
  let left = MAX_BYTES
  const cut = () => req.destroy()
  const timer = setTimeout(cut, MAX_MS).unref()
  req.on('data', (part: Buffer) => {
    left -= part.length
    if (left < 0) cut()
  })
  req.once('close', () => clearTimeout(timer))
  req.once('end', () => clearTimeout(timer))
  req.on('error', () => {})
  req.resume()
}
