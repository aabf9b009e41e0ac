import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parentPort } from 'node:worker_threads'

/** What the thread is asked to send. */
export interface Errand {
  readonly port: number
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | undefined
}

// A client and a vendor in a thread of their own, so that what they compute is not counted as the
// relay's.
const vendor = createServer((req, res) => {
  req.resume()
  req.on('end', () => {
    res.writeHead(400, { 'content-type': 'application/json' })
    res.end('{"error":{"message":"Not today.","type":"invalid_request_error"}}')
  })
})
vendor.listen(0, '127.0.0.1', () => parentPort!.postMessage((vendor.address() as AddressInfo).port))

parentPort!.on('message', ({ port, path, headers, body }: Errand) => {
  const method = body === undefined ? 'GET' : 'POST'
  const req = request({
    host: '127.0.0.1',
    port,
    path,
    method,
    headers,
    agent: false,
    maxHeaderSize: 1024 * 1024,
  })
  req.on('response', (res) => {
    res.resume()
    res.on('close', () => parentPort!.postMessage(res.statusCode))
  })
  req.on('error', () => parentPort!.postMessage(0))
  req.end(body)
})
