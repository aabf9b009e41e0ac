import {
  ApiError,
  ConfigError,
  withCall,
  type Batch,
  type Call,
  type Handler,
  type Operation,
} from '@sluice/core'
import { assertCall, markFactory, markHandler } from '@sluice/core/internal'
import { throwError, type Observable } from 'rxjs'
import { operationHandler } from './operations/operation-handler.ts'
import type { OperationHandler } from './operations/operation-handlers.ts'
import { checkProviderOptions, type ProviderOptions } from './vendor-spec/provider-options.ts'
import { ProviderRuntime } from './runtime/provider-runtime.ts'
import type { ProviderSpec } from './vendor-spec/provider-spec.ts'

/** An upstream vendor, ready to be called: a `Handler` with a name. */
export type Provider = Handler & {
  readonly id: string
  /** Whether it can do an operation at all. */
  supports(operation: Operation): boolean
  /** Closes idle connections; running answers finish. */
  close(): void
}

/**
 * Sets a vendor up; `spec` says what the vendor can do, for tables and for the conformance laws.
 */
export type ProviderFactory<Options = ProviderOptions> = ((options?: Options) => Provider) & {
  readonly spec: ProviderSpec
}

/**
 * Makes the factory of a provider from its spec. Everything that is not the vendor's own business
 * happens here: sending, timeouts, error answers, the envelope.
 */
export function defineProvider(spec: ProviderSpec): ProviderFactory {
  return providerFactory(spec, (options: ProviderOptions = {}) => createProvider(spec, options))
}

/** Gives a function that sets a vendor up the vendor's name and spec. */
export function providerFactory<Options>(
  spec: ProviderSpec,
  create: (options: Options) => Provider,
  name: string = spec.id,
): ((options: Options) => Provider) & { readonly spec: ProviderSpec } {
  Object.defineProperty(create, 'name', { value: name })
  return markFactory(Object.assign(create, { spec }), name)
}

/**
 * Sets a spec up with options.
 * @throws ConfigError `ERR_PROVIDERS_OPTIONS`, `ERR_PROVIDERS_BASE_URL`, `ERR_PROVIDERS_API_KEY`
 */
export function createProvider(spec: ProviderSpec, options: ProviderOptions): Provider {
  checkProviderOptions(spec.id, options)
  checkApiKey(spec, options)
  const runtime = new ProviderRuntime(spec, options)
  const handlers = new Map<Operation, OperationHandler | undefined>()
  const answererFor = (operation: Operation) => {
    if (!handlers.has(operation)) handlers.set(operation, operationHandler(spec, operation))
    return handlers.get(operation)
  }
  const handler = (original: Call): Observable<Batch> => {
    assertCall(original, `${runtime.id}()`)
    const call =
      options.model === undefined ? original : withCall(original, { model: options.model })
    call.report.provider = runtime.id
    call.report.model = call.model
    const answer = answererFor(call.operation)
    if (answer !== undefined) return answer(call, runtime)
    const message = `${runtime.id} does not offer ${call.operation}.`
    return throwError(() => new ApiError('unsupported_endpoint', { message }))
  }
  return Object.assign(markHandler(handler as Handler, `${spec.id}()`), {
    id: runtime.id,
    supports: (operation: Operation) => answererFor(operation) !== undefined,
    close: () => runtime.transport.close(),
  })
}

/**
 * A vendor's public address asks for a key; one given by the host, or one on this machine, may not.
 */
function checkApiKey(spec: ProviderSpec, { apiKey, baseURL, headers }: ProviderOptions): void {
  if (apiKey !== undefined || baseURL !== undefined || !spec.baseURL.startsWith('https:')) return
  const names = Object.keys(spec.auth('')).map((name) => name.toLowerCase())
  if (Object.keys(headers ?? {}).some((name) => names.includes(name.toLowerCase()))) return
  throw new ConfigError(
    'ERR_PROVIDERS_API_KEY',
    `${spec.id}() has no apiKey, so the vendor would refuse every call. Pass { apiKey }; where it comes from ` +
      'the environment, the variable is not set. A server that needs no key is given by { baseURL }.',
  )
}
