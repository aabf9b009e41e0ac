import { bearerAuth } from '@sluice/auth'
import { endpoints, errorHandler } from '@sluice/endpoints'
import { demo } from '@sluice/demo'
import { rateLimit } from '@sluice/rate-limit'
import compression from 'compression'
import cors from 'cors'
import express, { type ErrorRequestHandler, type Express } from 'express'
import session from 'express-session'
import helmet from 'helmet'
import morgan from 'morgan'

/** What the app needs from outside. */
export interface AppOptions {
  /** Keys that callers of the relay present. */
  readonly keys: readonly string[]
  /** Takes the access log's lines. */
  readonly log?: (line: string) => void
}

/**
 * A host with middleware before and after, a body parser and routes of its own, some of them under
 * the very path of the relay.
 */
export function buildApp({ keys, log = () => {} }: AppOptions): Express {
  const app = express()
  app.use(helmet())
  app.use(cors())
  app.use(compression())
  app.use(morgan('tiny', { stream: { write: log } }))
  app.use(express.json())
  app.use(session({ secret: 'an example only', resave: false, saveUninitialized: true }))

  app.get('/v1/health', (_req, res) => {
    res.json({ ok: true })
  })
  app.post('/orders', (req, res) => {
    res.status(201).json({ order: req.body as unknown, session: req.session.id !== '' })
  })

  app.use(
    '/v1',
    bearerAuth({ keys }),
    rateLimit({ requestsPerMinute: 600 }),
    endpoints(demo()),
    errorHandler(),
  )

  app.get('/v1/late', (_req, res) => {
    res.send('a route of the host, behind the relay')
  })
  const failed: ErrorRequestHandler = (_error, _req, res, _next) => {
    res.status(500).send('the host’s own error page')
  }
  app.get('/broken', () => {
    throw new Error('a fault of the host')
  })
  app.use(failed)
  return app
}
