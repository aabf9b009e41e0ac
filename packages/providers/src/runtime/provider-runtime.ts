import { ApiError, type Call, type Clock, type Gate } from '@sluice/core'
import { bodyBytesOf, idempotencyKey, timerQueue } from '@sluice/core/internal'
import { KnownEvents, BufferPool, type ChatEnvelope } from '@sluice/sse-stream/internal'
import type { ResponseContext } from '../response/response-context.ts'
import { ModelListing } from './model-listing.ts'
import { parseBaseURL } from './parse-base-url.ts'
import type { ProviderOptions } from '../vendor-spec/provider-options.ts'
import type { EncodedRequest, ProviderSpec } from '../vendor-spec/provider-spec.ts'
import { formBody, jsonBody, type RequestBody } from '../request/request-body.ts'
import { patchBody } from '../request/patch-body.ts'
import { defaultTimeouts, type Timeouts } from '../transport/deadline.ts'
import { createTransport, type Transport, type UpstreamRequest } from '../transport/send.ts'

/** A spec with its options: what every operation of one provider shares. */
export class ProviderRuntime {
  readonly spec: ProviderSpec
  readonly options: ProviderOptions
  readonly id: string
  readonly transport: Transport
  readonly clock: Clock
  readonly maxEventBytes: number
  readonly models: ModelListing
  readonly buffers = new BufferPool()
  readonly known = new KnownEvents()
  readonly #basePath: string
  readonly #headers: readonly string[]
  readonly timeouts: Timeouts
  readonly errors: ResponseContext['errors']
  readonly maxResponseBytes: number
  #sequence = 0

  constructor(spec: ProviderSpec, options: ProviderOptions) {
    this.spec = spec
    this.options = options
    this.id = options.id ?? spec.id
    this.clock = options.clock ?? timerQueue()
    this.maxEventBytes = options.maxEventBytes ?? 4 * 1024 * 1024
    this.models = new ModelListing(this)
    this.errors = {
      secrets: options.apiKey === undefined ? [] : [options.apiKey],
      exposeAuthErrors: options.exposeAuthErrors === true,
      statuses: new Map(Object.entries(spec.errorStatuses ?? {})),
    }
    this.maxResponseBytes = options.maxResponseBytes ?? 32 * 1024 * 1024
    this.timeouts = { ...defaultTimeouts, ...options.timeouts }
    const url = parseBaseURL(spec.id, options.baseURL ?? spec.baseURL)
    this.#basePath = url.pathname.replace(/\/+$/, '')
    this.transport = createTransport(url.origin, {
      maxConnections: options.maxConnections ?? 16_384,
      keepAliveMs: options.keepAliveMs ?? 4000,
    })
    const auth = options.apiKey === undefined ? {} : spec.auth(options.apiKey)
    this.#headers = Object.entries({
      'content-type': 'application/json',
      // Vendors' SSE gains little by compression and loses its turns; what comes compressed all the
      // same is undone.
      'accept-encoding': 'identity',
      ...auth,
      ...spec.headers,
      ...options.headers,
    }).flat()
  }

  /** What reading an answer needs. */
  context(call: Call, streamed: boolean): ResponseContext {
    return new CallContext(this, call.gate, streamed)
  }

  /** Id, time and model for an answer whose vendor gives none. */
  envelope(call: Call): ChatEnvelope {
    return new OwnEnvelope(call, this.#sequence++, Math.floor(this.clock.wall() / 1000))
  }

  /**
   * Notes the params that cannot be carried: those of `drops` that the call has, and those that
   * were `found`.
   *
   * @throws ApiError 400 `unsupported_parameter` with `strictParams`
   */
  reportDrops(call: Call, drops: readonly string[], found: readonly string[] = []): void {
    if (drops.length === 0 && found.length === 0) return
    const params = call.params as Readonly<Record<string, unknown>>
    const present = drops.filter((name) => params[name] !== undefined && params[name] !== null)
    present.push(...found)
    if (present.length === 0) return
    if (this.options.strictParams === true) {
      throw new ApiError('unsupported_parameter', {
        message: `${present.join(', ')} cannot be carried to the provider of this model.`,
        param: present[0],
      })
    }
    for (const name of present)
      if (!call.report.droppedParams.includes(name)) call.report.droppedParams.push(name)
  }

  /** The HTTP request for what a dialect encoded. `headers` replace those of the same name. */
  request(call: Call, encoded: EncodedRequest): UpstreamRequest {
    // Dots need no encoding, so a model of that name would climb out of its place in the path.
    if (/\/\.{1,2}(?:[/?]|$)/.test(encoded.path)) {
      const message = `The model \`${call.model}\` does not exist or you do not have access to it.`
      throw new ApiError('model_not_found', { message, param: 'model' })
    }
    const key =
      this.spec.idempotent === true && encoded.method !== 'GET'
        ? idempotencyKey(call.headers)
        : undefined
    const { body, headers: ofBody } =
      encoded.method === 'GET' ? { body: null } : bodyOf(call, encoded)
    return {
      method: encoded.method ?? 'POST',
      path: this.#basePath + encoded.path,
      headers:
        encoded.headers === undefined && ofBody === undefined && key === undefined
          ? this.#headers
          : replaced(this.#headers, {
              ...encoded.headers,
              ...ofBody,
              ...(key === undefined ? {} : { 'idempotency-key': key }),
            }),
      body,
    }
  }
}

/** Each stream has one, and nearly none needs it: its id is put together when it is asked for. */
class OwnEnvelope implements ChatEnvelope {
  readonly created: number
  readonly #call: Call
  readonly #number: number

  constructor(call: Call, number: number, created: number) {
    this.#call = call
    this.#number = number
    this.created = created
  }

  get id(): string {
    return `chatcmpl-${this.#call.requestId.slice(4)}${this.#number.toString(36)}`
  }

  get model(): string {
    return this.#call.model
  }
}

class CallContext implements ResponseContext {
  readonly transport: Transport
  readonly clock: Clock
  readonly timeouts: Timeouts
  readonly gate: Gate
  readonly errors: ResponseContext['errors']
  readonly maxResponseBytes: number
  readonly streamed: boolean

  constructor(runtime: ProviderRuntime, gate: Gate, streamed: boolean) {
    this.transport = runtime.transport
    this.clock = runtime.clock
    this.timeouts = runtime.timeouts
    this.gate = gate
    this.errors = runtime.errors
    this.maxResponseBytes = runtime.maxResponseBytes
    this.streamed = streamed
  }
}

function replaced(headers: readonly string[], by: Readonly<Record<string, string>>): string[] {
  const kept = headers.filter(
    (_item, at) => !Object.hasOwn(by, headers[at - (at % 2)]!.toLowerCase()),
  )
  return [...kept, ...Object.entries(by).flat()]
}

/** Bodies beyond this hold pictures or documents, most likely. */
const LONG_BODY = 1024 * 1024

function bodyOf(call: Call, encoded: EncodedRequest): RequestBody {
  if (encoded.form !== undefined)
    return formBody(encoded.form, `sluice-${globalThis.crypto.randomUUID()}`)
  return encoded.patch === undefined
    ? jsonBody(encoded.body, encoded.files, (bodyBytesOf(call)?.length ?? 0) > LONG_BODY)
    : { body: patchedBody(call, encoded.patch) }
}

function patchedBody(
  call: Call,
  { set, unset }: NonNullable<EncodedRequest['patch']>,
): Uint8Array | string {
  const own = bodyBytesOf(call)
  const spliced = own === undefined ? undefined : patchBody(own, set, unset)
  if (spliced !== undefined) return spliced
  const body: Record<string, unknown> = {
    ...(call.params as Readonly<Record<string, unknown>>),
    ...set,
  }
  for (const name of unset) delete body[name]
  return JSON.stringify(body)
}
