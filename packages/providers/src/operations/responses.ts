import type { Batch, Call, ChatCompletion, ChatCompletionChunk, Response } from '@sluice/core'
import type { Observable } from 'rxjs'
import { operationAnswer } from '../answer/operation-answer.ts'
import type { ProviderRuntime } from '../provider-runtime.ts'
import type { ProviderSpec, ResponsesDialect } from '../provider-spec.ts'
import { completeResponse } from '../responses/complete-response.ts'
import { emulatedResponses } from '../responses/emulated-responses.ts'
import { responseStream } from '../responses/response-stream.ts'
import { fromResponseUsage } from '../responses/response-usage.ts'
import type { Answerer } from './answer-of.ts'
import { answerChat } from './chat.ts'

/** Answers Responses calls: by the vendor's own Responses API where it has one, else over its chat. */
export function answerResponses({ responses, chat }: ProviderSpec): Answerer<'responses.create'> | undefined {
  if (responses !== undefined) return (call, runtime) => nativeResponses(call, runtime, responses)
  if (chat === undefined) return undefined
  return (call, runtime) =>
    emulatedResponses(call, {
      chat: (one) => answerChat(one, runtime, chat) as Observable<Batch<ChatCompletionChunk, ChatCompletion>>,
      idPart: runtime.envelope(call).id.replace(/^chatcmpl-/, ''),
      now: () => Math.floor(runtime.clock.wall() / 1000),
      onDrops: (drops) => runtime.reportDrops(call, [], drops),
    })
}

function nativeResponses(
  call: Call<'responses.create'>,
  runtime: ProviderRuntime,
  dialect: ResponsesDialect,
): Observable<Batch> {
  const { params, model } = call
  const isStreamed = params.stream === true
  return operationAnswer(call, {
    context: runtime.context(call, isStreamed),
    maxEventBytes: runtime.maxEventBytes,
    request: () => runtime.request(call, dialect.encode(params, { model, stream: isStreamed })),
    decode: (json) => completeResponse(json as Partial<Response>, params),
    usageOf: (document) => fromResponseUsage((document as Response).usage),
    stream: isStreamed ? () => responseStream(params) : undefined,
  })
}
