import type { IncomingMessage, ServerResponse } from 'node:http'

/**
 * Connect's middleware shape: what Express, Connect, Fastify with middie and a bare `node:http`
 * server all can call.
 */
export type Middleware = (
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => void
