import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  ApiError,
  call as createCall,
  checkOptions,
  exchangeOf,
  option,
  sendError,
  type Handler,
  type Middleware,
  type OptionRule,
} from '@sluice/core'
import { varyByKey } from '@sluice/core/internal'
import { catchError, defaultIfEmpty, defer, map, of, take, type Observable } from 'rxjs'
import { openApiDocument, withModels, type OpenApiDocumentOptions } from './open-api-document.ts'

/** How the document is served. */
export interface OpenApiOptions extends OpenApiDocumentOptions {
  /** What `endpoints` got: it is asked for the caller's models. */
  readonly handler?: Handler | undefined
  /**
   * The path under the mount that is answered, all others going on; absent: whatever comes is
   * answered.
   */
  readonly path?: string | undefined
}

/**
 * Documents that are kept, one for each list of models; keys that may use the same models share
 * one.
 */
const MAX_KEPT = 16

const path: OptionRule = {
  expected: "a path such as '/openapi.json'",
  accepts: (value) => typeof value === 'string' && value.startsWith('/'),
}
const texts: OptionRule = {
  expected: 'a list of strings',
  accepts: (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
}
const RULES = {
  handler: option.function,
  path,
  title: option.string,
  version: option.string,
  servers: texts,
  models: texts,
  limits: option.object,
}
const LIMIT_RULES = {
  requestsPerMinute: option.count,
  tokensPerMinute: option.count,
  concurrency: option.count,
}

/**
 * Serves the OpenAPI document of the surface, with the models that the caller may use. Mount it
 * behind what knows the caller, such as `bearerAuth`. It costs no part of a limit. Where the
 * handler cannot list its models the document comes without.
 *
 * @example app.use('/v1', bearerAuth({ keys }), openApi({ path: '/openapi.json', handler }), endpoints(handler))
 * @throws ConfigError `ERR_ENDPOINTS_OPTIONS`
 */
export function openApi(options: OpenApiOptions = {}): Middleware {
  checkOptions('openApi', 'ERR_ENDPOINTS_OPTIONS', options, RULES)
  checkOptions('openApi', 'ERR_ENDPOINTS_OPTIONS', options.limits ?? {}, LIMIT_RULES)
  const document = openApiDocument(options)
  const kept = new Map<string, Buffer>()
  const bytesWith = (models: readonly string[]): Buffer => {
    const key = JSON.stringify(models)
    const bytes = kept.get(key) ?? Buffer.from(JSON.stringify(withModels(document, models)))
    // What was asked for last stands last, and the first makes room.
    kept.delete(key)
    kept.set(key, bytes)
    if (kept.size > MAX_KEPT) kept.delete(kept.keys().next().value!)
    return bytes
  }
  return function openApiMiddleware(req, res, next) {
    if (options.path !== undefined && pathOf(req) !== options.path) return next()
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      const message = `This path takes GET, not ${req.method ?? 'that method'}.`
      return sendError(
        req,
        res,
        new ApiError('method_not_supported', { message, headers: { allow: 'GET' } }),
      )
    }
    const models =
      options.models === undefined ? modelsFor(req, options.handler) : of(options.models)
    const subscription = models.subscribe((ids) => send(req, res, bytesWith(ids)))
    res.once('close', () => subscription.unsubscribe())
  }
}

/** The ids of the models that the caller may use, sorted; none where they cannot be had. */
function modelsFor(
  req: IncomingMessage,
  handler: Handler | undefined,
): Observable<readonly string[]> {
  if (handler === undefined) return of([])
  const { principal, requestId } = exchangeOf(req)
  return defer(() =>
    handler(createCall('models.list', {}, { principal, requestId, headers: req.headers })),
  ).pipe(
    take(1),
    map((batch) => (batch.document()?.data ?? []).map(({ id }) => id).sort()),
    defaultIfEmpty([]),
    catchError(() => of([])),
  )
}

function send(req: IncomingMessage, res: ServerResponse, body: Buffer): void {
  if (res.headersSent || res.destroyed) return
  res.writeHead(200, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': body.length,
    'cache-control': 'private, no-store',
    vary: varyByKey(res),
    'x-request-id': exchangeOf(req).requestId,
  })
  res.end(req.method === 'HEAD' ? undefined : body)
}

function pathOf(req: IncomingMessage): string {
  return (req.url ?? '/').split('?', 1)[0]!
}
