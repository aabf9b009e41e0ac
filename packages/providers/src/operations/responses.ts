import { ApiError, type Batch, type Call } from '@sluice/core'
import type { Response } from '@sluice/core/wire'
import { catchError, tap, throwError, type Observable } from 'rxjs'
import { operationResponse } from '../response/operation-response.ts'
import type { ProviderRuntime } from '../runtime/provider-runtime.ts'
import type { ChatDialect, ProviderSpec, ResponsesDialect } from '../vendor-spec/provider-spec.ts'
import { completeResponse } from '../emulation/responses/complete-response.ts'
import { emulatedResponses } from '../emulation/responses/emulated-responses.ts'
import { responseStream } from '../emulation/responses/response-stream.ts'
import { fromResponseUsage } from '../emulation/responses/response-usage.ts'
import { usesAgentItems } from '../emulation/responses/agent-items.ts'
import { toChatParams } from '../emulation/responses/to-chat-params.ts'
import type { OperationHandler } from './operation-handlers.ts'
import { handleChat } from './chat.ts'

type ResponsesCall = Call<'responses.create'>

/**
 * Answers Responses calls: by the vendor's own Responses API where it has one, else over its chat.
 */
export function handleResponses({
  responses,
  chat,
}: ProviderSpec): OperationHandler<'responses.create'> | undefined {
  const overChat =
    chat &&
    ((call: ResponsesCall, runtime: ProviderRuntime) => responsesOverChat(call, runtime, chat))
  if (responses === undefined) return overChat
  return (call, runtime) => {
    if (overChat !== undefined && responses.onlyFunctions === true && usesAgentItems(call.params))
      return overChat(call, runtime)
    let isDelivered = false
    const native = nativeResponses(call, runtime, responses).pipe(tap(() => (isDelivered = true)))
    if (overChat === undefined) return native
    return native.pipe(
      catchError((error: unknown) => {
        const instead = !isDelivered && speaksNoResponses(error) && isChat(call.params)
        return instead ? overChat(call, runtime) : throwError(() => error)
      }),
    )
  }
}

/**
 * Whether an upstream does not have the Responses API after all. A vendor's base URL often leads to
 * a relay in front of it, and many of those know chat alone: they have nothing at this path, or
 * answer as if it were chat's.
 */
function speaksNoResponses(error: unknown): boolean {
  if (!ApiError.is(error)) return false
  if (error.status === 405) return true
  if (error.status === 404) return error.wireCode !== 'model_not_found'
  return error.code === 'upstream_invalid_response' || error.code === 'upstream_empty_stream'
}

/**
 * Tools that work on what the vendor keeps. Where that was not found, an answer without it would be
 * worse than none.
 */
const AT_THE_VENDOR: ReadonlySet<string> = new Set([
  'tools.file_search',
  'tools.code_interpreter',
  'tools.mcp',
])

function isChat(params: ResponsesCall['params']): boolean {
  try {
    return !toChatParams(params).drops.some((name) => AT_THE_VENDOR.has(name))
  } catch {
    return false
  }
}

function responsesOverChat(
  call: ResponsesCall,
  runtime: ProviderRuntime,
  chat: ChatDialect,
): Observable<Batch> {
  return emulatedResponses(call, {
    chat: (one) => handleChat(one, runtime, chat),
    abilities: {
      toolMedia: chat.toolMedia,
      webSearch: chat.webSearch,
      unknownTools: runtime.options.unknownTools,
    },
    now: () => Math.floor(runtime.clock.wall() / 1000),
    onDrops: (drops) => runtime.reportDrops(call, [], drops),
  })
}

function nativeResponses(
  call: ResponsesCall,
  runtime: ProviderRuntime,
  dialect: ResponsesDialect,
): Observable<Batch> {
  const { params, model } = call
  const isStreamed = params.stream === true
  return operationResponse(call, {
    context: runtime.context(call, isStreamed),
    maxEventBytes: runtime.maxEventBytes,
    request: () => {
      const encoded = dialect.encode(params, { model, stream: isStreamed })
      runtime.reportDrops(call, [], encoded.drops)
      return runtime.request(call, encoded)
    },
    decode: (json) => completeResponse(json as Partial<Response>, params),
    usageOf: (document) => fromResponseUsage((document as Response).usage),
    stream: isStreamed ? () => responseStream(params) : undefined,
  })
}
