import type { Batch, Call, Operations, Params } from '@sluice/core'
import type { Observable } from 'rxjs'
import { responseFormats, type ResponseFormats } from '../response/formats/response-formats.ts'
import { operationResponse, type OperationResponseOptions } from '../response/operation-response.ts'
import { polledResponse } from '../response/polled-response.ts'
import type { ProviderRuntime } from '../runtime/provider-runtime.ts'
import type { OtherOperation, OperationDialect } from '../vendor-spec/provider-spec.ts'

/** Pictures come as base64, several to an answer, and each in one event. */
const MAX_PICTURE_BYTES = 32 * 1024 * 1024
const MAX_PICTURES_BYTES = 128 * 1024 * 1024

/** Answers a call of one request in a dialect. */
export function handleOtherOperation<O extends OtherOperation & keyof Operations>(
  call: Call<O>,
  runtime: ProviderRuntime,
  dialect: OperationDialect<O>,
): Observable<Batch> {
  const forms = responseFormats[call.operation] as unknown as ResponseFormats<O>
  const params: Params<O> = call.params
  const isStreamed = forms.isStreamed(params)
  const context = { model: call.model, stream: isStreamed && dialect.streams === true }
  const nowSeconds = () => Math.floor(runtime.clock.wall() / 1000)
  const isPicture = call.operation.startsWith('images.')
  const answerContext = runtime.context(call, context.stream && forms.isSlow !== true)
  const options: OperationResponseOptions = {
    context:
      isPicture && runtime.options.maxResponseBytes === undefined
        ? { ...answerContext, maxResponseBytes: MAX_PICTURES_BYTES }
        : answerContext,
    maxEventBytes:
      isPicture && runtime.options.maxEventBytes === undefined
        ? MAX_PICTURE_BYTES
        : runtime.maxEventBytes,
    request: () => {
      const encoded = dialect.encode(params, context)
      runtime.reportDrops(call, dialect.drops, encoded.drops)
      return runtime.request(call, encoded)
    },
    decode: (json) => dialect.decode(json, params, { ...context, nowSeconds: nowSeconds() }),
    usageOf: (document) => forms.usageOf?.(document),
    stream:
      isStreamed && forms.stream !== undefined
        ? () => forms.stream!(params, nowSeconds())
        : undefined,
    asStream:
      isStreamed && forms.asStream !== undefined
        ? (document) => forms.asStream!(document, call)
        : undefined,
    plain: isStreamed ? undefined : forms.plain?.(params),
  }
  if (dialect.poll === undefined) return operationResponse(call, options)
  return polledResponse(call, options, {
    clock: runtime.clock,
    limitMs: answerContext.timeouts.totalMs,
    next(document) {
      const encoded = dialect.poll?.(document)
      return encoded && runtime.request(call, encoded)
    },
  })
}
