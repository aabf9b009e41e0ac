import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  ApiError,
  call as createCall,
  checkOptions,
  ConfigError,
  exchangeOf,
  option,
  sendError,
  type Batch,
  type Call,
  type Clock,
  type ErrorListener,
  type Handler,
  type Middleware,
  type Operation,
  type Params,
} from '@sluice/core'
import {
  assertCalled,
  dialectOf,
  markFactory,
  markPart,
  partKind,
  timerQueue,
  tellHost,
} from '@sluice/core/internal'
import type { Dialect, ResponseCreateParams } from '@sluice/core/wire'
import { FlushScheduler, writeResponse } from '@sluice/sse-stream/node'
import { map, type Observable } from 'rxjs'
import { ResponseWriting, type ResponseHost } from './http/response-writing.ts'
import { checkParsed, parseJson, scanJson, type ParsedBody } from './body/parse-json.ts'
import { formParams, type FormShape } from './multipart/form-params.ts'
import { permittedModels } from './permitted-models.ts'
import { LONG_BODY_BYTES, readBody } from './body/read-body.ts'
import { readForm } from './http/read-form.ts'
import { checkResponsesOptions, type ResponsesOptions } from './responses/responses-options.ts'
import type { ResponsesHost } from './responses/responses-host.ts'
import { ResponsesSurface } from './responses/responses-surface.ts'
import { asksForSocket, upgradeRequired } from './http/asks-for-socket.ts'
import { ComposedHandlers } from './http/composed-handlers.ts'
import { requestPath } from './http/request-path.ts'
import type { DialectForm } from './dialects/dialect-form.ts'
import { matchRequest } from './dialects/match-request.ts'
import { responsesForm } from './dialects/responses-form.ts'
import {
  UNREADABLE,
  type Match,
  type Respond,
  type Route,
  type RouteMatch,
} from './dialects/route.ts'
import type { ParamsCheck } from './validation/validate.ts'

/** How the HTTP surface is set up. */
export interface EndpointsOptions {
  /**
   * Whose paths are served: OpenAI's (`/chat/completions`, …), Anthropic's (`/messages`), Gemini's
   * (`/models/{model}:generateContent`).
   * @defaultValue ['openai']
   */
  readonly dialects?: readonly Dialect[] | undefined
  /** A body may be this long, after decompression. @defaultValue 20 MiB */
  readonly maxBodyBytes?: number | undefined
  /**
   * A file of a form may be this long, all files of one form together four times that.
   * @defaultValue 100 MiB
   */
  readonly maxUploadBytes?: number | undefined
  /**
   * A JSON body must have come within this time; of a form, the next bytes.
   * @defaultValue 30_000
   */
  readonly bodyTimeoutMs?: number | undefined
  /**
   * Silence of an upstream after which a comment keeps the connection alive. 0 = never.
   * @defaultValue 15_000
   */
  readonly heartbeatMs?: number | undefined
  /** A client that takes nothing for so long is cut off. 0 = never. @defaultValue 60_000 */
  readonly writeTimeoutMs?: number | undefined
  /** How `/responses` keeps what it has to remember. */
  readonly responses?: ResponsesOptions | undefined
  /**
   * Told of every failed request, with its cause, and of what requests survive in stages without an
   * `onError` of their own; for logs. What it throws or rejects with is ignored.
   */
  readonly onError?: ErrorListener | undefined
  readonly clock?: Clock | undefined
}

const DIALECTS: ReadonlySet<unknown> = new Set<Dialect>(['openai', 'anthropic', 'gemini'])

const RULES = {
  dialects: {
    expected: "a list of 'openai', 'anthropic' and 'gemini'",
    accepts: (value: unknown) =>
      Array.isArray(value) && value.length > 0 && value.every((one) => DIALECTS.has(one)),
  },
  maxBodyBytes: option.positive,
  maxUploadBytes: option.positive,
  bodyTimeoutMs: option.positive,
  heartbeatMs: option.count,
  writeTimeoutMs: option.count,
  responses: option.object,
  onError: option.function,
  clock: option.object,
}

/**
 * OpenAI's HTTP surface in front of a handler (a provider, `modelRouter(…)`, or anything composed),
 * as one middleware. It serves the paths that it knows and calls `next()` for all others; it
 * answers every failure itself, as JSON in OpenAI's shape.
 *
 * @example app.use('/v1', endpoints(openai({ apiKey })))
 * @throws ConfigError `ERR_ENDPOINTS_HANDLER`, `ERR_ENDPOINTS_OPTIONS`
 */
export function endpoints(handler: Handler, options: EndpointsOptions = {}): Middleware {
  assertCalled(handler, 'ERR_ENDPOINTS_HANDLER', 'endpoints()')
  if (typeof handler !== 'function' || 'phase' in handler || partKind(handler) === 'surface') {
    throw new ConfigError(
      'ERR_ENDPOINTS_HANDLER',
      'endpoints() takes a handler first, such as `openai()` or `modelRouter({…})`.',
    )
  }
  checkOptions('endpoints', 'ERR_ENDPOINTS_OPTIONS', options, RULES)
  checkResponsesOptions(options.responses ?? {})
  const surface = new Surface(handler, options)
  return markPart(
    function endpointsMiddleware(req, res, next) {
      surface.serve(req, res, next)
    } satisfies Middleware,
    'surface',
  )
}

markFactory(endpoints, 'endpoints')

/** What of a match it takes to answer. */
interface Asked {
  readonly form: DialectForm
  readonly route?: Route
  readonly respond?: Respond | undefined
}

const JSON_TYPE = /^\s*application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i

class Surface implements ResponseHost {
  readonly #handlers: ComposedHandlers
  readonly options: EndpointsOptions
  readonly turnEnd = new FlushScheduler()
  readonly #body: {
    maxBodyBytes: number
    maxUploadBytes: number
    bodyTimeoutMs: number
    clock: Clock
  }
  readonly #responses: ResponsesSurface
  readonly #dialects: ReadonlySet<Dialect>

  constructor(handler: Handler, options: EndpointsOptions) {
    this.#handlers = new ComposedHandlers(handler)
    this.#dialects = new Set(options.dialects ?? ['openai'])
    // Each request has a timer or two, which nearly always are cleared before their time.
    const clock = options.clock ?? timerQueue()
    this.options = { ...options, clock }
    this.#body = {
      maxBodyBytes: options.maxBodyBytes ?? 20 * 1024 * 1024,
      maxUploadBytes: options.maxUploadBytes ?? 100 * 1024 * 1024,
      bodyTimeoutMs: options.bodyTimeoutMs ?? 30_000,
      clock,
    }
    const host: ResponsesHost = {
      call: (req, params, bytes) => this.#call(req, 'responses.create', params, bytes),
      ask: (req, call) => this.#handlerFor(req)(call),
      write: (req, res, answer, call) => this.#write(req, res, answer, call, responsesForm),
      refuse: (req, res, error, call) => this.refuse(req, res, error, call),
      report: (error, call) => this.report(error, call),
    }
    this.#responses = new ResponsesSurface(host, options.responses ?? {}, options.clock)
  }

  serve(req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void): void {
    const path = requestPath(req)
    const match = path === undefined ? UNREADABLE : matchRequest(path, req, this.#dialects)
    if (match.kind === 'unknown' || req.method === 'OPTIONS') {
      exchangeOf(req).hasPassedSurface = true
      return next()
    }
    // Something before this has answered already.
    if (res.headersSent || res.writableEnded) return
    const form = 'form' in match ? match.form : undefined
    exchangeOf(req).dialect = form?.dialect ?? this.#guess(match, req)
    if (match.kind === 'unreadable') {
      const message = 'The request target is not a URL that can be read.'
      return this.refuse(req, res, new ApiError('invalid_request_error', { message }))
    }
    if (match.kind === 'not-served') {
      const vendor = form?.dialect === 'gemini' ? 'Google' : 'OpenAI'
      const message = `/${match.family} is not served here: this relay offers models, not ${vendor}'s agents, storage, tuning, administration or billing.`
      return this.refuse(req, res, new ApiError('unsupported_endpoint', { message }))
    }
    if (match.kind === 'route' && asksForSocket(match.route.operation, req))
      return this.refuse(req, res, upgradeRequired())
    const { methods } = match
    if (!methods.includes(req.method === 'HEAD' ? 'GET' : (req.method ?? ''))) {
      const message = `This path takes ${methods.join(' and ')}, not ${req.method ?? 'that method'}.`
      return this.refuse(
        req,
        res,
        new ApiError('method_not_supported', { message, headers: { allow: methods.join(', ') } }),
      )
    }
    if (match.kind === 'stored-response') return this.#responses.serve(req, res, match.asked)
    if (match.kind === 'model') {
      const { id, form, respond } = match
      return this.#answer(req, res, 'models.retrieve', { model: id }, { form, respond })
    }
    if (match.check === undefined) this.#answer(req, res, match.route.operation, {}, match)
    else if (match.route.form === undefined) this.#readAndAnswer(req, res, match, match.check)
    else this.#readFormAndAnswer(req, res, match, match.route.form, match.check)
  }

  /** A target that cannot be read is refused in the dialect that the rest of the request speaks. */
  #guess(match: Match, req: IncomingMessage): Dialect {
    const guess = match.kind === 'unreadable' ? dialectOf(req) : 'openai'
    return this.#dialects.has(guess) ? guess : 'openai'
  }

  #readAndAnswer(
    req: IncomingMessage,
    res: ServerResponse,
    match: RouteMatch,
    check: ParamsCheck,
  ): void {
    const type = req.headers['content-type']
    if (type !== 'application/json' && (type === undefined || !JSON_TYPE.test(type))) {
      const message =
        'This endpoint takes a JSON body: send it with `content-type: application/json`.'
      return this.refuse(req, res, new ApiError('unsupported_content_type', { message }))
    }
    readBody(req, this.#body, (failure, body) => {
      if (failure !== undefined || body === undefined)
        return this.refuse(req, res, failure ?? ApiError.from(undefined))
      const parse = (read: () => CheckedBody) => {
        let parsed: CheckedBody
        let params: ParsedBody['params']
        try {
          parsed = read()
          params = match.params?.(parsed.params) ?? parsed.params
        } catch (error) {
          return this.refuse(req, res, ApiError.from(error))
        }
        const bytes = match.isTranslated === true ? undefined : parsed.bytes
        this.#answer(req, res, match.route.operation, params, match, bytes, parsed.drops)
      }
      if (!('bytes' in body))
        return parse(() =>
          checked(checkParsed(body.value, this.#body.maxBodyBytes), match.route, check),
        )
      const { bytes } = body
      if (bytes.length < LONG_BODY_BYTES)
        return parse(() => checked(parseJson(bytes), match.route, check))
      let rest: () => ParsedBody
      try {
        rest = scanJson(bytes)
      } catch (error) {
        return this.refuse(req, res, ApiError.from(error))
      }
      setImmediate(() => parse(() => checked(rest(), match.route, check)))
    })
  }

  #readFormAndAnswer(
    req: IncomingMessage,
    res: ServerResponse,
    match: RouteMatch,
    shape: FormShape,
    check: ParamsCheck,
  ): void {
    readForm(req, this.#body, (failure, form) => {
      if (failure !== undefined || form === undefined)
        return this.refuse(req, res, failure ?? ApiError.from(undefined))
      // However the call ends, the response closes; it may have done so while the form was read.
      if (res.destroyed) return form.dispose()
      res.once('close', () => form.dispose())
      let params: Record<string, unknown>
      try {
        params = formParams(form.entries, shape)
        check(params)
      } catch (error) {
        return this.refuse(req, res, ApiError.from(error))
      }
      this.#answer(req, res, match.route.operation, params, match)
    })
  }

  #answer<O extends Operation>(
    req: IncomingMessage,
    res: ServerResponse,
    operation: O,
    params: Params<O>,
    { form, route, respond }: Asked,
    bytes?: Uint8Array,
    drops: readonly string[] = NO_DROPS,
  ): void {
    if (operation === 'responses.create') {
      return this.#responses.create(req, res, params as ResponseCreateParams, bytes, respond)
    }
    const call = this.#call(req, operation, params, bytes, route)
    if (drops.length > 0) call.report.droppedParams.push(...drops)
    let answer: Observable<Batch>
    try {
      answer = this.#handlerFor(req)(call)
    } catch (error) {
      return this.refuse(req, res, ApiError.from(error), call)
    }
    // A provider lists all its models, whoever asks; a router has left them out already.
    if (operation === 'models.list' && call.principal?.models !== undefined)
      answer = answer.pipe(map((batch) => permittedModels(batch, call)))
    if (respond !== undefined) answer = respond(answer, call)
    this.#write(req, res, answer, call, form, route?.done)
  }

  #call<O extends Operation>(
    req: IncomingMessage,
    operation: O,
    params: Params<O>,
    bytes?: Uint8Array,
    route?: Route,
  ): Call<O> {
    const exchange = exchangeOf(req)
    return createCall(operation, params, {
      model: (params as { model?: unknown }).model === undefined ? route?.defaultModel : undefined,
      body: bytes,
      principal: exchange.principal,
      headers: req.headers,
      requestId: exchange.requestId,
      onError: this.options.onError,
    })
  }

  /**
   * The handler behind the features of a request.
   * @throws ApiError for features that do not go together
   */
  #handlerFor(req: IncomingMessage): Handler {
    try {
      return this.#handlers.behind(exchangeOf(req).interceptors)
    } catch (error) {
      throw this.#misconfigured(error)
    }
  }

  #write(
    req: IncomingMessage,
    res: ServerResponse,
    answer: Observable<Batch>,
    call: Call | undefined,
    form: DialectForm,
    done = form.done,
  ): void {
    writeResponse(answer, res, new ResponseWriting(this, req, res, call, form, done))
  }

  /** A mistake in the set-up: the client learns its code, the programmer the whole of it. */
  #misconfigured(error: unknown): ApiError {
    if (!ConfigError.is(error)) return ApiError.from(error)
    process.emitWarning(error)
    return new ApiError('server_error', {
      message: `The server is not set up correctly (${error.code}).`,
      cause: error,
    })
  }

  refuse(req: IncomingMessage, res: ServerResponse, cause: ApiError, call?: Call): void {
    const error = ConfigError.is(cause.cause) ? this.#misconfigured(cause.cause) : cause
    this.report(error, call, exchangeOf(req).requestId)
    const headers = call === undefined ? {} : call.report.headers
    sendError(req, res, error, headers)
  }

  report(error: ApiError, call: Call | undefined, requestId = call?.requestId): void {
    tellHost(this.options.onError, error, { stage: 'endpoints', requestId, call })
  }
}

type CheckedBody = Pick<ParsedBody, 'params' | 'bytes'> & { readonly drops?: readonly string[] }

const NO_DROPS: readonly string[] = []

/** A body that is right, in the form of its endpoint. */
function checked(body: ParsedBody, { otherForm }: Route, check: ParamsCheck): CheckedBody {
  const other = otherForm?.(body.params)
  check(other?.params ?? body.params)
  return other === undefined ? body : { ...other, bytes: undefined }
}
