import type { Batch, Call } from '@sluice/core'
import type { CountTokensResponse } from '@sluice/core/wire'
import { DocumentBatch } from '@sluice/sse-stream/internal'
import { defer, of, type Observable } from 'rxjs'
import { estimateContentTokens } from '../emulation/generate-content/estimate-content-tokens.ts'
import { operationResponse } from '../response/operation-response.ts'
import type { ProviderRuntime } from '../runtime/provider-runtime.ts'
import { isObject } from '../vendor-spec/json.ts'
import type { GenerateContentDialect, ProviderSpec } from '../vendor-spec/provider-spec.ts'
import type { OperationHandler } from './operation-handlers.ts'

/** Counts the tokens of contents: by the vendor where it can, else about. */
export function handleCountTokens({
  generateContent,
  chat,
}: ProviderSpec): OperationHandler<'models.countTokens'> | undefined {
  if (generateContent !== undefined)
    return (call, runtime) => nativeCount(call, runtime, generateContent)
  if (chat === undefined) return undefined
  return (call) =>
    defer(() => {
      const value = { totalTokens: estimateContentTokens(call.params) }
      return of(new DocumentBatch<never, CountTokensResponse>({ value }, call.gate))
    })
}

function nativeCount(
  call: Call<'models.countTokens'>,
  runtime: ProviderRuntime,
  dialect: GenerateContentDialect,
): Observable<Batch> {
  const { params, model } = call
  const context = runtime.context(call, false)
  return operationResponse(call, {
    context: { ...context, errors: { ...context.errors, dialect: 'gemini' } },
    maxEventBytes: runtime.maxEventBytes,
    request: () =>
      runtime.request(call, dialect.encodeCountTokens(params, { model, stream: false })),
    decode(json) {
      if (isObject(json) && typeof json['totalTokens'] === 'number') return json
      throw new TypeError('no count')
    },
    usageOf: () => undefined,
  })
}
