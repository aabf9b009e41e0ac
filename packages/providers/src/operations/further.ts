import type { Batch, Call, Operations, Params } from '@sluice/core'
import type { Observable } from 'rxjs'
import { answerForms, type AnswerForms } from '../answer/answer-forms.ts'
import { operationAnswer, type OperationAnswerOptions } from '../answer/operation-answer.ts'
import { polledAnswer } from '../answer/polled-answer.ts'
import type { ProviderRuntime } from '../provider-runtime.ts'
import type { FurtherOperation, OperationDialect } from '../provider-spec.ts'

/** Pictures come as base64, several to an answer, and each in one event. */
const MAX_PICTURE_BYTES = 32 * 1024 * 1024
const MAX_PICTURES_BYTES = 128 * 1024 * 1024

/** Answers a call of one request in a dialect. */
export function answerFurther<O extends FurtherOperation & keyof Operations>(
  call: Call<O>,
  runtime: ProviderRuntime,
  dialect: OperationDialect<O>,
): Observable<Batch> {
  const forms = answerForms[call.operation] as unknown as AnswerForms<O>
  const params: Params<O> = call.params
  const isStreamed = forms.isStreamed(params)
  const context = { model: call.model, stream: isStreamed && dialect.streams === true }
  const nowSeconds = () => Math.floor(runtime.clock.wall() / 1000)
  const isPicture = call.operation.startsWith('images.')
  const answerContext = runtime.context(call, context.stream && forms.isSlow !== true)
  const options: OperationAnswerOptions = {
    context:
      isPicture && runtime.options.maxResponseBytes === undefined
        ? { ...answerContext, maxResponseBytes: MAX_PICTURES_BYTES }
        : answerContext,
    maxEventBytes: isPicture && runtime.options.maxEventBytes === undefined ? MAX_PICTURE_BYTES : runtime.maxEventBytes,
    request: () => {
      const encoded = dialect.encode(params, context)
      runtime.reportDrops(call, dialect.drops, encoded.drops)
      return runtime.request(call, encoded)
    },
    decode: (json) => dialect.decode(json, params, { ...context, nowSeconds: nowSeconds() }),
    usageOf: (document) => forms.usageOf?.(document),
    stream: isStreamed && forms.stream !== undefined ? () => forms.stream!(params, nowSeconds()) : undefined,
    asStream: isStreamed && forms.asStream !== undefined ? (document) => forms.asStream!(document, call) : undefined,
    plain: isStreamed ? undefined : forms.plain?.(params),
  }
  if (dialect.poll === undefined) return operationAnswer(call, options)
  return polledAnswer(call, options, {
    clock: runtime.clock,
    limitMs: answerContext.timeouts.totalMs,
    next(document) {
      const encoded = dialect.poll?.(document)
      return encoded && runtime.request(call, encoded)
    },
  })
}
