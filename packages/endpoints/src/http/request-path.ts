import type { IncomingMessage } from 'node:http'
import { pathStart } from '../body/path-start.ts'

/**
 * Returns the path under the mount, without query, whatever form the request line had; `undefined` where it
 * is no URL.
 */
export function requestPath(req: IncomingMessage): string | undefined {
  const url = req.url ?? '/'
  const from = pathStart(url)
  if (from === undefined) return undefined
  const query = url.indexOf('?', from)
  const path = query < 0 ? url.slice(from) : url.slice(from, query)
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
}
