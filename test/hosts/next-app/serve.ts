import { bearerAuth } from '@sluice/auth'
import { endpoints, mount } from '@sluice/endpoints'
import { demo } from '@sluice/demo'
import { createServer, type RequestListener } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'

// Required and not imported: its types change those of `process.env` for the whole project.
const next = createRequire(import.meta.url)('next') as (options: object) => {
  prepare(): Promise<void>
  getRequestHandler(): RequestListener
}
// A process of its own, because Next changes the globals of the one it runs in. The route finds the
// mount there, so that Next's bundler need not know how the sources are taken.
const mounted = mount(
  '/api/v1',
  bearerAuth({ keys: ['sk-next-0123456789'] }),
  endpoints(demo({ tokensPerSecond: 0 })),
)
Object.assign(globalThis, { relayOfTheTest: mounted })
const app = next({ dev: true, dir: import.meta.dirname, hostname: '127.0.0.1', port: 0 })
void app.prepare().then(() => {
  const handle = app.getRequestHandler()
  const server = createServer(handle)
  server.listen(0, '127.0.0.1', () => {
    process.send?.({ port: (server.address() as AddressInfo).port })
  })
})
process.on('disconnect', () => process.exit())
