import { bearerAuth } from '@sluice/auth'
import { cache } from '@sluice/cache'
import { endpoints, errorHandler, notFound, openApi } from '@sluice/endpoints'
import type { Provider } from '@sluice/providers'
import { aliasesFor, findModel, toModel } from '@sluice/providers/catalog'
import { demo } from '@sluice/demo'
import { rateLimit } from '@sluice/rate-limit'
import { modelRouter, type Target } from '@sluice/router'
import express, { type Express } from 'express'
import type { GatewayConfig } from './config.ts'

/**
 * A plain Express app with the whole of Sluice mounted where clients look for it: OpenAI's and
 * Anthropic's under `/v1`, Google's under `/v1` or `/v1beta`. One set of keys opens all of it.
 */
export function buildApp(config: GatewayConfig): Express {
  const { requestsPerMinute, tokensPerMinute, concurrency, cacheTtlMs } = config
  const limits = { requestsPerMinute, tokensPerMinute, concurrency }
  const router = buildRouter(config)
  const app = express()
  app.disable('x-powered-by')
  app.use(
    ['/v1', '/v1beta'],
    bearerAuth({ keys: config.keys }),
    openApi({ path: '/openapi.json', handler: router, limits }),
    rateLimit(limits),
    ...(cacheTtlMs > 0 ? [cache({ ttlMs: cacheTtlMs })] : []),
    endpoints(router, { dialects: ['openai', 'anthropic', 'gemini'] }),
    notFound(),
    errorHandler(),
  )
  return app
}

function buildRouter(config: GatewayConfig): ReturnType<typeof modelRouter> {
  const routes: Record<string, Target> = {}
  const providers = new Map<string, Provider>([['demo', demo()]])
  for (const { vendor, apiKey, baseURL } of config.vendors) {
    // Whoever runs this gateway holds the vendor keys, and wants to see when one of them is
    // refused.
    const provider = vendor.create({ apiKey, baseURL, exposeAuthErrors: true })
    providers.set(vendor.prefix, provider)
    routes[`${vendor.prefix}/*`] = { to: provider, model: '*' }
    for (const pattern of vendor.patterns) routes[pattern] = provider
    for (const [alias, model] of Object.entries(aliasesFor(provider.id)))
      routes[alias] = { to: provider, model }
  }
  const fallback = config.defaultVendor ?? (config.vendors.length === 0 ? 'demo' : undefined)
  if (fallback === 'demo') routes['demo*'] = providers.get('demo')!
  const unmatched = fallback === undefined ? undefined : providers.get(fallback)
  // What the providers list of themselves is listed anyway; an alias comes with what is known of
  // the model behind it.
  const models = Object.keys(routes).flatMap((name) => {
    const entry = findModel(name)
    return entry?.aliases.includes(name) === true ? [{ ...toModel(entry), id: name }] : []
  })
  return modelRouter(routes, { fallback: unmatched, models })
}
