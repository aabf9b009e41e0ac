// What hosts write, with no type said that they need not say. It is compiled and never run.
import { hostIdentity } from '@sluice/auth'
import {
  call,
  compose,
  defineMiddleware,
  withCall,
  type Handler,
  type Interceptor,
} from '@sluice/core'
import { endpoints } from '@sluice/endpoints'
import { demo } from '@sluice/demo'
import { meterUsage, redact, redactValue } from '@sluice/sse-stream'
import express, { type Request } from 'express'
import session from 'express-session'

declare module 'express-session' {
  interface SessionData {
    user: { id: string; team: string }
  }
}

const patterns = { card: /\b\d(?:[ -]?\d){12,15}\b/ }

/** Looking at the operation tells the type of the params; operators pipe from `next`. */
const cards: Interceptor = {
  name: 'cards',
  phase: 'guard',
  intercept(one, next) {
    if (one.operation !== 'chat.completions') return next(one)
    const messages = redactValue(one.params.messages, { patterns })
    return next(withCall(one, { params: { ...one.params, messages } })).pipe(redact({ patterns }))
  },
}
const meter: Interceptor = {
  name: 'meter',
  phase: 'observe',
  intercept: (one, next) => next(one).pipe(meterUsage(({ usage }) => void usage.total_tokens)),
}
const wrapped: Handler = (one) => demo()(one)

export const composed = compose([cards, defineMiddleware(meter)], wrapped)
export const answer = composed(
  call('chat.completions', { model: 'demo', messages: [{ role: 'user', content: 'hi' }] }),
)

/** `hostIdentity` knows what session middlewares declare, and takes Express's own request. */
export const app = express()
app.use(
  '/chat',
  session({ secret: 'x' }),
  hostIdentity(
    (req) => req.session.user && { id: req.session.user.id, tenant: req.session.user.team },
  ),
  hostIdentity((req: Request) => (req.ip === undefined ? undefined : { id: req.ip, tenant: 'x' })),
  endpoints(wrapped),
)
