import type { Batch, Call } from '@sluice/core'
import { ChunkBatch } from '@sluice/sse-stream/internal'
import type { Observable } from 'rxjs'
import { ContentStream } from '../emulation/generate-content/content-stream.ts'
import { fromContentUsage } from '../emulation/generate-content/content-usage.ts'
import { emulatedGenerateContent } from '../emulation/generate-content/emulated-generate-content.ts'
import { operationResponse } from '../response/operation-response.ts'
import type { ProviderRuntime } from '../runtime/provider-runtime.ts'
import { isObject } from '../vendor-spec/json.ts'
import type { GenerateContentDialect, ProviderSpec } from '../vendor-spec/provider-spec.ts'
import { handleChat } from './chat.ts'
import type { OperationHandler } from './operation-handlers.ts'

type ContentCall = Call<'models.generateContent'>

/** Answers calls of Gemini's form: as they came where the vendor speaks it, else over its chat. */
export function handleGenerateContent({
  generateContent,
  chat,
}: ProviderSpec): OperationHandler<'models.generateContent'> | undefined {
  if (generateContent !== undefined)
    return (call, runtime) => nativeContent(call, runtime, generateContent)
  if (chat === undefined) return undefined
  return (call, runtime) =>
    emulatedGenerateContent(call, {
      chat: (one) => handleChat(one, runtime, chat),
      abilities: chat,
      onDrops: (drops) => runtime.reportDrops(call, [], drops),
    })
}

function nativeContent(
  call: ContentCall,
  runtime: ProviderRuntime,
  dialect: GenerateContentDialect,
): Observable<Batch> {
  const { params, model } = call
  const isStreamed = params.stream === true
  const context = runtime.context(call, isStreamed)
  return operationResponse(call, {
    context: { ...context, errors: { ...context.errors, dialect: 'gemini' } },
    maxEventBytes: runtime.maxEventBytes,
    request: () => runtime.request(call, dialect.encode(params, { model, stream: isStreamed })),
    decode: checked,
    usageOf,
    stream: isStreamed ? () => new ContentStream() : undefined,
    asStream: isStreamed
      ? (document) => {
          const responses: readonly unknown[] = Array.isArray(document) ? document : [document]
          return [new ChunkBatch(responses, call.gate, usageOf(responses.at(-1)))]
        }
      : undefined,
  })
}

/** @throws TypeError where it is no response */
function checked(json: unknown): unknown {
  const list: readonly unknown[] = Array.isArray(json) ? json : [json]
  if (list.length === 0 || !list.every(isObject)) throw new TypeError('no response')
  return json
}

function usageOf(response: unknown): ReturnType<typeof fromContentUsage> {
  const usage = isObject(response) ? response['usageMetadata'] : undefined
  return isObject(usage) ? fromContentUsage(usage) : undefined
}
