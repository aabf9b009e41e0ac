import { cache } from '@sluice/cache'
import { compose, type Handler } from '@sluice/core'
import { demo } from '@sluice/demo'

/** A provider with a stage around it, and no server anywhere. */
export function buildHandler(provider: Handler = demo({ tokensPerSecond: 0 })): Handler {
  return compose([cache({ ttlMs: 60_000, tenant: 'shared' })], provider)
}
