/**
 * The least that a proxy in Node can do: `node:http` in, undici's dispatch out, bytes passed on as
 * they come. `--port N --vendor URL`
 */
import { createServer } from 'node:http'
import { Pool } from 'undici'
import { argument } from '../arguments.ts'

const pool = new Pool(argument('vendor'), {
  connections: 8192,
  pipelining: 1,
  allowH2: false,
  headersTimeout: 0,
  bodyTimeout: 0,
})

const server = createServer((req, res) => {
  const parts: Buffer[] = []
  req.on('data', (part: Buffer) => parts.push(part))
  req.on('end', () => {
    let over = false
    let abort: (() => void) | undefined
    let resume: (() => void) | undefined
    res.on('close', () => {
      if (!over) abort?.()
    })
    res.on('drain', () => resume?.())
    pool.dispatch(
      {
        path: req.url!,
        method: 'POST',
        headers: [
          'content-type',
          'application/json',
          'authorization',
          req.headers.authorization ?? '',
        ],
        body: parts.length === 1 ? parts[0]! : Buffer.concat(parts),
      },
      {
        onRequestStart(controller) {
          abort = () => controller.abort(new Error('The client left.'))
          resume = () => controller.resume()
        },
        onResponseStart(_controller, status, headers) {
          res.writeHead(status, ['content-type', String(headers['content-type'])])
        },
        onResponseData(controller, bytes) {
          if (!res.write(bytes)) controller.pause()
        },
        onResponseEnd() {
          over = true
          res.end()
        },
        onResponseError() {
          over = true
          res.destroy()
        },
      },
    )
  })
})
server.keepAliveTimeout = 65_000
server.listen({ port: Number(argument('port')), host: '127.0.0.1', backlog: 4096 })
