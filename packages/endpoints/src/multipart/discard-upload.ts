import type { IncomingMessage } from 'node:http'

const MAX_BYTES = 1024 * 1024
const MAX_MS = 5000
/** For reading an answer that has arrived. */
const GRACE_MS = 250

/**
 * Takes what is left of an upload that nobody wants any more, so that its sender comes to read the
 * answer: a mebibyte or five seconds of it. From whoever sends on after that no more is taken, and
 * a moment later the connection is cut: cut at once, it would be reset before the answer has been
 * read, and the answer lost.
 */
export function discardUpload(req: IncomingMessage): void {
  if (req.readableEnded || req.destroyed) return
  let left = MAX_BYTES
  const cutAfter = (delayMs: number) => setTimeout(() => req.destroy(), delayMs).unref()
  let timer = cutAfter(MAX_MS)
  const take = (part: Buffer) => {
    left -= part.length
    if (left >= 0) return
    req.off('data', take)
    req.pause()
    clearTimeout(timer)
    timer = cutAfter(GRACE_MS)
  }
  req.on('data', take)
  req.once('close', () => clearTimeout(timer))
  req.once('end', () => clearTimeout(timer))
  req.on('error', () => {})
  req.resume()
}
