import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { bearerAuth } from '@sluice/auth'
import { timerQueue } from '@sluice/core/internal'
import { endpoints } from '@sluice/endpoints'
import { openaiCompatible } from '@sluice/providers'
import { rateLimit } from '@sluice/rate-limit'
import { modelRouter } from '@sluice/router'
import express from 'express'
import { countingClock } from '../support/counting-clock.ts'
import { countingStore } from '../support/counting-store.ts'
import type { Figures } from './figures.ts'

// What the README advises to whoever holds many streams open.
setFlagsFromString('--no-allocation-site-pretenuring')

/** What this process is started with, as its arguments. */
const [vendorUrl = '', key = '', writeTimeoutMs = ''] = process.argv.slice(2)
const EVENTS = [
  'uncaughtException',
  'unhandledRejection',
  'warning',
  'exit',
  'beforeExit',
  'SIGTERM',
  'SIGINT',
]

/**
 * The gateway under soak, in a process of its own: says its port, then its figures whenever it gets
 * a message.
 */
function serve(): void {
  const timers = countingClock()
  const clock = timerQueue(timers)
  const store = countingStore()
  const provider = openaiCompatible({
    id: 'vendor',
    baseURL: `${vendorUrl}/v1`,
    apiKey: 'sk-soak-vendor-0123456789',
    clock,
  })
  const app = express()
  app.use(
    '/v1',
    bearerAuth({ keys: [key] }),
    // No calls per minute are limited here: permits are what is watched.
    rateLimit({ requestsPerMinute: 0, tokensPerMinute: 0, concurrency: 10_000, store }),
    endpoints(modelRouter({ '*': provider }, { retries: 1, backoffMs: 5, clock }), {
      writeTimeoutMs: Number(writeTimeoutMs),
      clock,
    }),
  )
  // oxlint-disable-next-line typescript/no-misused-promises
  const server = createServer(app)
  server.listen(0, '127.0.0.1', () =>
    process.send?.({ port: (server.address() as AddressInfo).port }),
  )

  process.on('message', () => {
    // What could be collected is no growth.
    globalThis.gc?.()
    const { rss, heapUsed, external } = process.memoryUsage()
    const figures: Figures = {
      rssBytes: rss,
      heapBytes: heapUsed,
      bufferBytes: external,
      permits: store.leases,
      timers: timers.pending,
      sockets: process.getActiveResourcesInfo().filter((kind) => kind.startsWith('TCP')).length,
      listeners: EVENTS.reduce((sum, event) => sum + process.listenerCount(event), 0),
    }
    process.send?.(figures)
  })
  process.on('disconnect', () => process.exit())
}

serve()
