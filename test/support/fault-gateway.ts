import type { RequestListener } from 'node:http'
import { bearerAuth } from '@sluice/auth'
import { cache } from '@sluice/cache'
import { faultVendor, type Fault, type FaultVendor } from '@sluice/conformance'
import type { Middleware } from '@sluice/core'
import { endpoints, type EndpointsOptions } from '@sluice/endpoints'
import { openaiCompatible, type ProviderOptions } from '@sluice/providers'
import { rateLimit } from '@sluice/rate-limit'
import { modelRouter, type ModelRouterOptions, type TargetOptions } from '@sluice/router'
import express from 'express'
import { expect } from 'vitest'
import { ask, type Answer, type AskOptions } from './ask.ts'
import { countingClock } from './counting-clock.ts'
import { countingStore } from './counting-store.ts'
import { listen } from './hosts.ts'
import { until } from './until.ts'

/** Secrets that no answer may ever show. */
export const CLIENT_KEY = 'sk-canary-of-the-client-0123456789'
export const VENDOR_KEY = 'sk-canary-of-the-vendor-0123456789'

/** How a gateway in front of a fault vendor is set up. */
export interface FaultGatewayOptions {
  /** Faults by name, beside the vendor's own. */
  readonly faults?: Readonly<Record<string, Fault>>
  readonly cached?: boolean
  readonly concurrency?: number
  readonly tokensPerMinute?: number
  readonly provider?: Omit<ProviderOptions, 'baseURL' | 'id' | 'apiKey'>
  readonly target?: Omit<TargetOptions, 'to'>
  readonly routing?: ModelRouterOptions
  readonly http?: EndpointsOptions
  /** Speaks TLS to the vendor, who does not understand it and waits. */
  readonly tls?: boolean
  /** Makes the host's app of what is mounted under `/v1`. */
  readonly host?: (mounted: readonly Middleware[]) => RequestListener
}

/**
 * A whole gateway on real sockets. Disposing it checks what must hold after every test, then closes
 * it.
 */
export interface FaultGateway {
  readonly vendor: FaultVendor
  readonly url: string
  readonly port: number
  /** Requests that hold a permit of the limiter. */
  readonly leases: number
  /** Permits that were given back. */
  readonly ended: number
  /** Asks for a chat completion. */
  chat(model: string, params?: object, options?: AskOptions): Promise<Answer>
  /** Any request, with the client's key. */
  ask(path: string, options?: AskOptions): Promise<Answer>
  /** Closes the router, as a host does that shuts down. */
  close(): void
  [Symbol.asyncDispose](): Promise<void>
}

export const messages = [{ role: 'user', content: 'Say hello' }]

/**
 * Starts a vendor and, in front of it, an Express 5 app with keys, limits, cache where asked for,
 * routes and endpoints.
 */
export async function faultGateway(options: FaultGatewayOptions = {}): Promise<FaultGateway> {
  const before = snapshot()
  const clock = countingClock()
  const store = countingStore()
  const vendor = await faultVendor(options.faults === undefined ? {} : { faults: options.faults })
  const origin = options.tls === true ? vendor.url.replace('http:', 'https:') : vendor.url
  const upstream = {
    id: 'vendor',
    baseURL: `${origin}/v1`,
    apiKey: VENDOR_KEY,
    clock,
    ...options.provider,
  }
  const router = modelRouter(
    { '*': { to: openaiCompatible(upstream), ...options.target } },
    { retries: 0, circuitBreaker: false, clock, ...options.routing },
  )
  const mounted: readonly Middleware[] = [
    bearerAuth({ keys: [CLIENT_KEY] }),
    rateLimit({
      requestsPerMinute: 0,
      tokensPerMinute: options.tokensPerMinute ?? 0,
      concurrency: options.concurrency ?? 1000,
      store,
    }),
    ...(options.cached === true ? [cache({ ttlMs: 60_000, clock })] : []),
    endpoints(router, { clock, ...options.http }),
  ]
  const server = await listen((options.host ?? expressApp)(mounted))
  const answers: Answer[] = []
  const send = async (path: string, asking: AskOptions = {}): Promise<Answer> => {
    const headers = { authorization: `Bearer ${CLIENT_KEY}`, ...asking.headers }
    const answer = await ask(`${server.url}${path}`, { ...asking, headers })
    answers.push(answer)
    return answer
  }
  return {
    vendor,
    url: server.url,
    port: server.port,
    get leases() {
      return store.leases
    },
    get ended() {
      return store.ended
    },
    ask: send,
    close: () => router.close(),
    chat: (model, params = {}, asking = {}) =>
      send('/v1/chat/completions', { ...asking, body: { model, messages, ...params } }),
    async [Symbol.asyncDispose]() {
      try {
        await until(() => store.leases === 0 && clock.pending === 0)
        const left = {
          permits: store.leases,
          endedWrongly: store.endedWrongly,
          timers: clock.pending,
        }
        expect(left).toEqual({ permits: 0, endedWrongly: 0, timers: 0 })
        // What is idle closes now; a connection that stays belongs to a request that has been
        // forgotten.
        router.close()
        await until(() => vendor.openSockets === 0)
        expect(vendor.openSockets, 'connections to the vendor').toBe(0)
        const shown = answers
          .map((answer) => JSON.stringify([answer.headers, answer.text]))
          .join('\n')
        expect(shown).not.toMatch(/canary/)
      } finally {
        await server[Symbol.asyncDispose]()
        await vendor.close()
      }
      await until(() => resourcesOver(before).length === 0)
      expect(resourcesOver(before), 'left behind').toEqual([])
    },
  }
}

/** A host as small as it can be, with a 404 of its own behind the mount. */
export function expressApp(mounted: readonly Middleware[]): RequestListener {
  const app = express()
  app.disable('x-powered-by')
  app.use('/v1', ...mounted)
  // oxlint-disable-next-line typescript/no-misused-promises
  return app
}

const WATCHED = [
  'TCPServerWrap',
  'TCPSocketWrap',
  'TCPConnectWrap',
  'HTTPINCOMINGMESSAGE',
  'Timeout',
  'Immediate',
]
const PROCESS_EVENTS = [
  'uncaughtException',
  'unhandledRejection',
  'warning',
  'exit',
  'SIGTERM',
  'SIGINT',
]

function snapshot(): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo()) {
    if (WATCHED.includes(kind)) counts[kind] = (counts[kind] ?? 0) + 1
  }
  for (const event of PROCESS_EVENTS) counts[`on ${event}`] = process.listenerCount(event)
  return counts
}

function resourcesOver(before: Readonly<Record<string, number>>): string[] {
  const allowance = (kind: string) => (before[kind] ?? 0) + (kind === 'Timeout' ? 1 : 0)
  return Object.entries(snapshot())
    .filter(([kind, count]) => count > allowance(kind))
    .map(([kind, count]) => `${kind}: ${count}, before ${before[kind] ?? 0}`)
}
