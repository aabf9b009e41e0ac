import {
  ApiError,
  bodyBytesOf,
  checkOptions,
  ConfigError,
  headerText,
  option,
  systemClock,
  withCall,
  type Batch,
  type Call,
  type Clock,
  type Handler,
  type Model,
  type Operation,
} from '@sluice/core'
import { DocumentBatch, type ChatEnvelope } from '@sluice/sse-stream'
import { of, throwError, type Observable } from 'rxjs'
import { chatAnswer } from './answer/chat-answer.ts'
import { documentAnswer } from './answer/document-answer.ts'
import type { AnswerContext } from './answer/upstream-answer.ts'
import { embeddingsPassThrough } from './embeddings-pass-through.ts'
import type { EncodedRequest, ProviderSpec } from './provider-spec.ts'
import { spliceBody } from './splice-body.ts'
import { defaultTimeouts, type Timeouts } from './transport/deadline.ts'
import { createTransport, type Transport, type UpstreamRequest } from './transport/send.ts'

/** How a provider is set up. */
export interface ProviderOptions {
  /** The vendor key. It never appears in an error or a header to the client. */
  readonly apiKey?: string | undefined
  /** Where the vendor's API is, up to where paths such as `/chat/completions` are appended. */
  readonly baseURL?: string | undefined
  /** The model to ask for, whatever the client named. */
  readonly model?: string | undefined
  /** Further request headers. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Refuse params that the vendor cannot carry (400) instead of leaving them out. */
  readonly strictParams?: boolean | undefined
  /** Hand a vendor's 401 and 403 to the client instead of a 502; they are about this provider's key, not about the client's. */
  readonly exposeAuthErrors?: boolean | undefined
  /** Limits in milliseconds; see `Timeouts`. */
  readonly timeouts?: Partial<Timeouts> | undefined
  /** Connections at a time. @defaultValue 16_384 */
  readonly maxConnections?: number | undefined
  /** How long an unused connection is kept. @defaultValue 4_000, below what servers commonly allow */
  readonly keepAliveMs?: number | undefined
  /** A whole answer may be this long. @defaultValue 32 MiB */
  readonly maxResponseBytes?: number | undefined
  /** One event of a stream may be this long. @defaultValue 4 MiB */
  readonly maxEventBytes?: number | undefined
  /** Name in `x-sluice-provider`, where one vendor is set up several times. */
  readonly id?: string | undefined
  readonly clock?: Clock | undefined
}

/** An upstream vendor, ready to be called: a `Handler` with a name. */
export type Provider = Handler & {
  readonly id: string
  /** Whether it can do an operation at all. */
  supports(operation: Operation): boolean
  /** Closes idle connections; running answers finish. */
  close(): void
}

const RULES = {
  apiKey: option.string,
  baseURL: option.string,
  model: option.string,
  headers: option.object,
  strictParams: option.boolean,
  exposeAuthErrors: option.boolean,
  timeouts: option.object,
  maxConnections: option.positive,
  keepAliveMs: option.positive,
  maxResponseBytes: option.positive,
  maxEventBytes: option.positive,
  id: option.string,
  clock: option.object,
}

/** Sets a vendor up; `spec` says what the vendor can do, for tables and for the conformance laws. */
export type ProviderFactory<Options = ProviderOptions> = ((options?: Options) => Provider) & { readonly spec: ProviderSpec }

/**
 * Makes the factory of a provider from its spec. Everything that is not the vendor's own business happens here: sending, timeouts, error
 * answers, the envelope.
 */
export function defineProvider(spec: ProviderSpec): ProviderFactory {
  return Object.assign((options: ProviderOptions = {}) => createProvider(spec, options), { spec })
}

/** Sets a spec up with options. @throws ConfigError `ERR_PROVIDERS_OPTIONS`, `ERR_PROVIDERS_BASE_URL` */
export function createProvider(spec: ProviderSpec, options: ProviderOptions): Provider {
  checkOptions(spec.id, 'ERR_PROVIDERS_OPTIONS', options, RULES)
  return new ConfiguredProvider(spec, options).asProvider()
}

class ConfiguredProvider {
  readonly #spec: ProviderSpec
  readonly #options: ProviderOptions
  readonly #transport: Transport
  readonly #basePath: string
  readonly #headers: readonly string[]
  readonly #timeouts: Timeouts
  readonly #clock: Clock
  readonly #id: string
  #sequence = 0

  constructor(spec: ProviderSpec, options: ProviderOptions) {
    this.#spec = spec
    this.#options = options
    this.#id = options.id ?? spec.id
    this.#clock = options.clock ?? systemClock
    this.#timeouts = { ...defaultTimeouts, ...options.timeouts }
    const url = parseBaseURL(spec.id, options.baseURL ?? spec.baseURL)
    this.#basePath = url.pathname.replace(/\/+$/, '')
    this.#transport = createTransport(url.origin, {
      maxConnections: options.maxConnections ?? 16_384,
      keepAliveMs: options.keepAliveMs ?? 4000,
    })
    const auth = options.apiKey === undefined ? {} : spec.auth(options.apiKey)
    this.#headers = Object.entries({
      'content-type': 'application/json',
      // Vendors' SSE gains little by compression and loses its turns; what comes compressed all the same is undone.
      'accept-encoding': 'identity',
      ...auth,
      ...spec.headers,
      ...options.headers,
    }).flat()
  }

  asProvider(): Provider {
    const handler = (call: Call): Observable<Batch> => this.#handle(call)
    return Object.assign(handler as Handler, {
      id: this.#id,
      supports: (operation: Operation) => this.#supports(operation),
      close: () => this.#transport.close(),
    })
  }

  #supports(operation: Operation): boolean {
    if (operation === 'chat.completions') return this.#spec.chat !== undefined
    if (operation === 'embeddings') return this.#spec.embeddings !== undefined
    return this.#spec.models !== undefined
  }

  #handle(original: Call): Observable<Batch> {
    const call = this.#options.model === undefined ? original : withCall(original, { model: this.#options.model })
    call.report.provider = this.#id
    call.report.model = call.model
    switch (call.operation) {
      case 'chat.completions':
        return this.#chat(call as Call<'chat.completions'>)
      case 'embeddings':
        return this.#embeddings(call as Call<'embeddings'>)
      case 'models.list':
        return of(new DocumentBatch({ value: { object: 'list', data: this.#models() } }, call.gate))
      case 'models.retrieve': {
        const model = this.#models().find((one) => one.id === call.model)
        return model === undefined ? throwError(() => unknownModel(call.model)) : of(new DocumentBatch({ value: model }, call.gate))
      }
    }
  }

  #models(): Model[] {
    return [...(this.#spec.models ?? [])]
  }

  #chat(call: Call<'chat.completions'>): Observable<Batch> {
    const dialect = this.#spec.chat
    if (dialect === undefined) return throwError(() => unsupported(this.#id, 'chat completions'))
    const streamed = call.params.stream === true
    return chatAnswer(call, {
      dialect,
      context: this.#context(call, streamed),
      envelope: this.#envelope(call),
      maxEventBytes: this.#options.maxEventBytes ?? 4 * 1024 * 1024,
      request: () => {
        const encoded = dialect.encode(call.params, { model: call.model, stream: streamed })
        this.#reportDrops(call, dialect.drops, encoded.drops)
        if (encoded.weakened !== undefined && encoded.weakened.length > 0) {
          call.report.headers['x-sluice-weakened-schema'] = headerText(encoded.weakened.join(', '))
        }
        return this.#request(call, encoded)
      },
    })
  }

  #embeddings(call: Call<'embeddings'>): Observable<Batch> {
    const dialect = this.#spec.embeddings
    if (dialect === undefined) return throwError(() => unsupported(this.#id, 'embeddings'))
    const context = { model: call.model, stream: false }
    return documentAnswer(call, {
      context: this.#context(call, false),
      request: () => {
        this.#reportDrops(call, dialect.drops)
        return this.#request(call, dialect.encode(call.params, context))
      },
      passThrough: (bytes) => embeddingsPassThrough(bytes, call.params.encoding_format),
      decode: (json) => dialect.decode(json, call.params, context),
      usageOf: (document) => ({ ...document.usage, completion_tokens: 0 }),
    })
  }

  #context(call: Call, streamed: boolean): AnswerContext {
    return {
      transport: this.#transport,
      clock: this.#clock,
      timeouts: this.#timeouts,
      gate: call.gate,
      errors: {
        secrets: this.#options.apiKey === undefined ? [] : [this.#options.apiKey],
        exposeAuthErrors: this.#options.exposeAuthErrors === true,
        statuses: this.#spec.errorStatuses,
      },
      maxResponseBytes: this.#options.maxResponseBytes ?? 32 * 1024 * 1024,
      streamed,
    }
  }

  #envelope(call: Call): ChatEnvelope {
    const sequence = (this.#sequence++).toString(36)
    return {
      id: `chatcmpl-${call.requestId.replace(/^req_/, '')}${sequence}`,
      created: Math.floor(this.#clock.wall() / 1000),
      model: call.model,
    }
  }

  #reportDrops(call: Call, drops: readonly string[], found: readonly string[] = []): void {
    if (drops.length === 0 && found.length === 0) return
    const params = call.params as Readonly<Record<string, unknown>>
    const present = [...drops.filter((name) => params[name] !== undefined && params[name] !== null), ...found]
    if (present.length === 0) return
    if (this.#options.strictParams === true) {
      throw new ApiError('unsupported_parameter', {
        message: `${present.join(', ')} cannot be carried to the provider of this model.`,
        param: present[0],
      })
    }
    for (const name of present) if (!call.report.droppedParams.includes(name)) call.report.droppedParams.push(name)
  }

  #request(call: Call, encoded: EncodedRequest): UpstreamRequest {
    const extra = encoded.headers === undefined ? [] : Object.entries(encoded.headers).flat()
    return {
      method: encoded.method ?? 'POST',
      path: this.#basePath + encoded.path,
      headers: extra.length === 0 ? this.#headers : [...this.#headers, ...extra],
      body: encoded.method === 'GET' ? null : bodyOf(call, encoded),
    }
  }
}

function bodyOf(call: Call, encoded: EncodedRequest): Uint8Array | string {
  if (encoded.patch === undefined) return JSON.stringify(encoded.body)
  const { set, unset } = encoded.patch
  const own = bodyBytesOf(call)
  const spliced = own === undefined ? undefined : spliceBody(own, set, unset)
  if (spliced !== undefined) return spliced
  const body: Record<string, unknown> = { ...(call.params as Readonly<Record<string, unknown>>), ...set }
  for (const name of unset) delete body[name]
  return JSON.stringify(body)
}

function parseBaseURL(provider: string, text: string): URL {
  const refuse = (why: string) => new ConfigError('ERR_PROVIDERS_BASE_URL', `${provider}({ baseURL }) ${why}.`)
  if (text.trim() !== text) throw refuse('has spaces around it')
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw refuse('is not a URL; it looks like https://api.openai.com/v1')
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refuse('must begin with https: or http:')
  if (url.username !== '' || url.password !== '') throw refuse('must not hold credentials; use apiKey')
  if (url.hash !== '' || url.search !== '') throw refuse('must not have a query or fragment')
  return url
}

function unsupported(provider: string, what: string): ApiError {
  return new ApiError('unsupported_endpoint', { message: `${provider} does not offer ${what}.` })
}

function unknownModel(model: string): ApiError {
  return new ApiError('model_not_found', {
    message: `The model \`${model}\` does not exist or you do not have access to it.`,
    param: 'model',
  })
}
