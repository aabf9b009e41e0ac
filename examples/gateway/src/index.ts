import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { buildApp } from './app.ts'
import { readConfig } from './config.ts'

// Thousands of streams that live long would make V8 put what every request is made of into old
// space, where it stays until a full collection.
setFlagsFromString('--no-allocation-site-pretenuring')

const config = readConfig(process.env)
// eslint-disable-next-line typescript/no-misused-promises
const server = createServer(buildApp(config))
// Above what pooled clients keep a connection for, so that they never write into one that is being
// closed.
server.keepAliveTimeout = 65_000
server.listen({ port: config.port, host: config.host, backlog: 4096 }, () => {
  const { port } = server.address() as AddressInfo
  const base = `http://${config.host}:${port}/v1`
  const vendors =
    config.vendors.map(({ vendor }) => vendor.prefix).join(', ') ||
    'none, so the built-in demo answers'
  console.log(`vendors: ${vendors}`)
  console.log(`key: ${config.keys[0]!}`)
  console.log(`listening on ${base}`)
  const body = '{"model":"demo","stream":true,"messages":[{"role":"user","content":"Say hello"}]}'
  console.log(
    `try it:\ncurl -N ${base}/chat/completions -H 'Authorization: Bearer ${config.keys[0]!}' -H 'Content-Type: application/json' -d '${body}'`,
  )
})
