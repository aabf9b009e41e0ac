// Run by host.test.ts in a process of its own: a CommonJS host that requires every package, mounts a relay and asks itself.
const { createServer, get } = require('node:http')
const { bearerAuth } = require('@sluice/auth')
const { cache } = require('@sluice/cache')
const { endpoints, mount } = require('@sluice/endpoints')
const { demo } = require('@sluice/demo')
const { rateLimit } = require('@sluice/rate-limit')
const { modelRouter } = require('@sluice/router')
const { pickText } = require('@sluice/sse-stream')
const { createRelay } = require('sluice')

const parts = [bearerAuth({ keys: ['sk-require-0123456789'] }), rateLimit(), cache({ ttlMs: 1000 })]
const server = createServer(mount('/v1', ...parts, endpoints(modelRouter({ '*': demo() }))))
server.listen(0, '127.0.0.1', () => {
  const options = {
    port: server.address().port,
    path: '/v1/models',
    agent: false,
    headers: { authorization: 'Bearer sk-require-0123456789' },
  }
  get(options, (res) => {
    res.resume()
    res.on('end', () => {
      process.stdout.write(
        JSON.stringify({
          status: res.statusCode,
          pickText: typeof pickText,
          relay: typeof createRelay,
        }),
      )
      // Nothing may keep the process alive but this.
      server.close()
    })
  })
})
