import type { Batch, Call } from '@sluice/core'
import type { ResponseTokensCount } from '@sluice/core/wire'
import { DocumentBatch } from '@sluice/sse-stream/internal'
import { defer, of, type Observable } from 'rxjs'
import { estimateResponseTokens } from '../emulation/responses/estimate-response-tokens.ts'
import { operationResponse } from '../response/operation-response.ts'
import type { ProviderRuntime } from '../runtime/provider-runtime.ts'
import { isObject } from '../vendor-spec/json.ts'
import type { ProviderSpec, ResponsesDialect } from '../vendor-spec/provider-spec.ts'
import type { OperationHandler } from './operation-handlers.ts'

/** Counts the tokens that a response would take in: by the vendor where it can, else about. */
export function handleResponseTokens({
  responses,
  chat,
}: ProviderSpec): OperationHandler<'responses.inputTokens'> | undefined {
  if (responses?.countPath !== undefined) {
    const { countPath } = responses
    return (call, runtime) => nativeCount(call, runtime, responses, countPath)
  }
  if (chat === undefined && responses === undefined) return undefined
  return (call) =>
    defer(() => {
      const value = estimateResponseTokens(call.params)
      return of(new DocumentBatch<never, ResponseTokensCount>({ value }, call.gate))
    })
}

function nativeCount(
  call: Call<'responses.inputTokens'>,
  runtime: ProviderRuntime,
  dialect: ResponsesDialect,
  path: string,
): Observable<Batch> {
  const { params, model } = call
  return operationResponse(call, {
    context: runtime.context(call, false),
    maxEventBytes: runtime.maxEventBytes,
    request: () =>
      runtime.request(call, { ...dialect.encode(params, { model, stream: false }), path }),
    decode(json) {
      if (isObject(json) && typeof json['input_tokens'] === 'number') return json
      throw new TypeError('no count')
    },
    usageOf: () => undefined,
  })
}
