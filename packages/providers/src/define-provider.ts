import { ApiError, withCall, type Batch, type Call, type Handler, type Operation } from '@sluice/core'
import { throwError, type Observable } from 'rxjs'
import { answererOf } from './operations/answer-of.ts'
import type { Answerer } from './operations/answerer.ts'
import { checkProviderOptions, type ProviderOptions } from './provider-options.ts'
import { ProviderRuntime } from './provider-runtime.ts'
import type { ProviderSpec } from './provider-spec.ts'

/** An upstream vendor, ready to be called: a `Handler` with a name. */
export type Provider = Handler & {
  readonly id: string
  /** Whether it can do an operation at all. */
  supports(operation: Operation): boolean
  /** Closes idle connections; running answers finish. */
  close(): void
}

/** Sets a vendor up; `spec` says what the vendor can do, for tables and for the conformance laws. */
export type ProviderFactory<Options = ProviderOptions> = ((options?: Options) => Provider) & {
  readonly spec: ProviderSpec
}

/**
 * Makes the factory of a provider from its spec. Everything that is not the vendor's own business happens here: sending, timeouts, error
 * answers, the envelope.
 */
export function defineProvider(spec: ProviderSpec): ProviderFactory {
  return Object.assign((options: ProviderOptions = {}) => createProvider(spec, options), { spec })
}

/** Sets a spec up with options. @throws ConfigError `ERR_PROVIDERS_OPTIONS`, `ERR_PROVIDERS_BASE_URL` */
export function createProvider(spec: ProviderSpec, options: ProviderOptions): Provider {
  checkProviderOptions(spec.id, options)
  const runtime = new ProviderRuntime(spec, options)
  const answerers = new Map<Operation, Answerer | undefined>()
  const answererFor = (operation: Operation) => {
    if (!answerers.has(operation)) answerers.set(operation, answererOf(spec, operation))
    return answerers.get(operation)
  }
  const handler = (original: Call): Observable<Batch> => {
    const call = options.model === undefined ? original : withCall(original, { model: options.model })
    call.report.provider = runtime.id
    call.report.model = call.model
    const answer = answererFor(call.operation)
    if (answer !== undefined) return answer(call, runtime)
    const message = `${runtime.id} does not offer ${call.operation}.`
    return throwError(() => new ApiError('unsupported_endpoint', { message }))
  }
  return Object.assign(handler as Handler, {
    id: runtime.id,
    supports: (operation: Operation) => answererFor(operation) !== undefined,
    close: () => runtime.transport.close(),
  })
}
