import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Middleware } from '@sluice/core'
import { mount } from '@sluice/endpoints'
import connect from 'connect'
import express from 'express'
import express4 from 'express4'

/** A body parser that a host may have in front of the mount. */
export type Parser = 'none' | 'json' | 'raw' | 'text' | 'urlencoded'

/**
 * A kind of host: makes a server with middlewares under a path, and a 404 of its own behind them.
 */
export interface Host {
  readonly name: string
  readonly parsers: readonly Parser[]
  create(mounts: readonly (readonly [string, ...Middleware[]])[], parser: Parser): RequestListener
}

const HOSTS_404 = 'the host’s own 404'

function expressHost(name: string, framework: typeof express): Host {
  return {
    name,
    parsers: ['none', 'json', 'raw', 'text', 'urlencoded'],
    create(mounts, parser) {
      const app = framework()
      if (parser === 'json') app.use(framework.json({ limit: '25mb', strict: false }))
      if (parser === 'raw') app.use(framework.raw({ type: () => true, limit: '25mb' }))
      if (parser === 'text') app.use(framework.text({ type: () => true, limit: '25mb' }))
      if (parser === 'urlencoded') app.use(framework.urlencoded({ extended: true }))
      for (const [path, ...middlewares] of mounts) app.use(path, ...middlewares)
      app.use((_req, res) => {
        res.status(404).type('text').send(HOSTS_404)
      })
      // eslint-disable-next-line typescript/no-misused-promises
      return app
    },
  }
}

/** Every kind of host that the contract holds under. */
export const hosts: readonly Host[] = [
  expressHost('Express 5', express),
  expressHost('Express 4', express4),
  {
    name: 'Connect',
    parsers: ['none', 'json'],
    create(mounts, parser) {
      const app = connect()
      if (parser === 'json') app.use(express.json({ limit: '25mb', strict: false }) as Middleware)
      for (const [path, ...middlewares] of mounts) for (const one of middlewares) app.use(path, one)
      app.use((_req, res) => {
        res.statusCode = 404
        res.end(HOSTS_404)
      })
      return app
    },
  },
  {
    name: 'node:http',
    parsers: ['none'],
    create(mounts) {
      const mounted = mounts.map(([path, ...middlewares]) => mount(path, ...middlewares))
      return (req, res) => {
        const step = (at: number): void => {
          const next = mounted[at]
          if (next !== undefined) return next(req, res, () => step(at + 1))
          res.statusCode = 404
          res.end(HOSTS_404)
        }
        step(0)
      }
    },
  },
]

/** Listens on a free port of the loopback; `await using` closes it, open connections too. */
export async function listen(listener: RequestListener): Promise<{
  readonly url: string
  readonly port: number
  readonly server: Server
  [Symbol.asyncDispose](): Promise<void>
}> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    server,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
