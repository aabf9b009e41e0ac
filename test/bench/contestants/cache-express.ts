/**
 * The least that a cache in Express can do: SHA-256 of the body, a Map of Buffers. `--port N
 * --vendor URL`
 */
import { hash } from 'node:crypto'
import express from 'express'
import { argument } from '../arguments.ts'

const vendor = argument('vendor')
const kept = new Map<string, { readonly head: string[]; readonly body: Buffer }>()
const app = express()
app.disable('x-powered-by')
app.disable('etag')
app.post('/v1/*path', (req, res, next) => {
  const parts: Buffer[] = []
  req.on('data', (part: Buffer) => parts.push(part))
  req.on('end', () => {
    const body = parts.length === 1 ? parts[0]! : Buffer.concat(parts)
    const key = hash('sha256', body, 'base64url')
    const hit = kept.get(key)
    if (hit !== undefined) return void res.writeHead(200, hit.head).end(hit.body)
    fetch(vendor + req.originalUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Uint8Array.from(body),
    })
      .then(async (answer) => {
        const bytes = Buffer.from(await answer.arrayBuffer())
        const entry = {
          head: [
            'content-type',
            answer.headers.get('content-type')!,
            'content-length',
            String(bytes.length),
          ],
          body: bytes,
        }
        kept.set(key, entry)
        res.writeHead(200, entry.head).end(entry.body)
      })
      .catch(next)
  })
})
const server = app.listen(Number(argument('port')), '127.0.0.1', 4096)
server.keepAliveTimeout = 65_000
