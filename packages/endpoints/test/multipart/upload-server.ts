import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { endpoints } from '@sluice/endpoints'
import { openai } from '@sluice/providers/openai'

// A process of its own, so that its memory can be measured: told the upstream's address, it tells
// its port; asked, its largest size since it was asked last.
const server = createServer((req, res) =>
  endpoint(req, res, () => {
    res.writeHead(404).end()
  }),
)
const endpoint = endpoints(openai({ baseURL: process.argv[2]!, apiKey: 'sk-x' }))
let peakBytes = 0
setInterval(() => {
  peakBytes = Math.max(peakBytes, process.memoryUsage.rss())
}, 10).unref()
process.on('message', () => {
  process.send!({ peakBytes })
  peakBytes = process.memoryUsage.rss()
})
process.on('disconnect', () => process.exit())
server.listen(0, '127.0.0.1', () => process.send!({ port: (server.address() as AddressInfo).port }))
