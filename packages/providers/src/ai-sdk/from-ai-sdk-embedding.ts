import { ApiError, type Batch, type Call, type Handler, type Operation } from '@sluice/core'
import { assertCall, markHandler } from '@sluice/core/internal'
import type { CreateEmbeddingResponse, EmbeddingCreateParams } from '@sluice/core/wire'
import { DocumentBatch } from '@sluice/sse-stream/internal'
import { Observable, throwError } from 'rxjs'
import { encodeVector } from '../vendor-spec/decode-embeddings.ts'
import type { Provider } from '../define-provider.ts'
import type { AiSdkEmbeddingModel } from './ai-sdk-model.ts'
import {
  checkAiSdkOptions,
  checkModel,
  providerIdOf,
  reportDrops,
  type FromAiSdkOptions,
} from './ai-sdk-options.ts'
import { modelError } from './model-error.ts'

/**
 * Any embedding model of the Vercel AI SDK as a provider of embeddings. More texts than the model
 * takes at a time are given to it in portions, one after the other. Texts only: token ids get a
 * 400.
 *
 * @throws ConfigError `ERR_PROVIDERS_OPTIONS`
 */
export function fromAiSdkEmbedding(
  model: AiSdkEmbeddingModel,
  options: Omit<FromAiSdkOptions, 'timeouts' | 'clock'> = {},
): Provider {
  checkModel('fromAiSdkEmbedding', model)
  checkAiSdkOptions('fromAiSdkEmbedding', options)
  const id = options.id ?? providerIdOf(model.provider)
  const handler = (call: Call): Observable<Batch> => {
    assertCall(call, 'fromAiSdkEmbedding(…)')
    call.report.provider = id
    call.report.model = model.modelId
    if (call.operation === 'embeddings') return answer(call as Call<'embeddings'>, model, options)
    return throwError(
      () =>
        new ApiError('unsupported_endpoint', {
          message: `${id} does not offer ${call.operation}.`,
        }),
    )
  }
  return Object.assign(markHandler(handler as Handler, 'fromAiSdkEmbedding(…)'), {
    id,
    supports: (operation: Operation) => operation === 'embeddings',
    close: () => {},
  })
}

function answer(
  call: Call<'embeddings'>,
  model: AiSdkEmbeddingModel,
  options: FromAiSdkOptions,
): Observable<Batch> {
  return new Observable((subscriber) => {
    const abort = new AbortController()
    const whole = embed(call, model, options, abort.signal)
    whole.then(
      (value) => {
        const usage = { ...value.usage, completion_tokens: 0 }
        subscriber.next(new DocumentBatch({ value }, call.gate, usage))
        subscriber.complete()
      },
      (error: unknown) => subscriber.error(modelError(error, options)),
    )
    return () => abort.abort()
  })
}

async function embed(
  call: Call<'embeddings'>,
  model: AiSdkEmbeddingModel,
  { providerOptions, strictParams }: FromAiSdkOptions,
  abortSignal: AbortSignal,
): Promise<CreateEmbeddingResponse> {
  const { input, encoding_format: format, dimensions, user } = call.params
  const takesDimensions = model.specificationVersion === 'v4'
  const drops = [
    ...(dimensions === undefined || takesDimensions ? [] : ['dimensions']),
    ...(user === undefined ? [] : ['user']),
  ]
  reportDrops(call, drops, strictParams === true)
  const values = textsOf(input)
  const portion = Math.max(1, (await model.maxEmbeddingsPerCall) ?? Infinity)
  const data: CreateEmbeddingResponse['data'] = []
  let tokens = 0
  for (let from = 0; from < values.length; from += portion) {
    abortSignal.throwIfAborted()
    call.report.attempts++
    const { embeddings, usage } = await model.doEmbed({
      values: values.slice(from, from + portion),
      abortSignal,
      ...(dimensions === undefined || !takesDimensions ? {} : { dimensions }),
      ...(providerOptions === undefined ? {} : { providerOptions }),
    } as never)
    tokens += usage?.tokens ?? 0
    for (const vector of embeddings) {
      data.push({
        object: 'embedding',
        index: data.length,
        embedding: encodeVector(vector, format),
      })
    }
  }
  return {
    object: 'list',
    data,
    model: model.modelId,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  }
}

function textsOf(input: EmbeddingCreateParams['input']): readonly string[] {
  const texts: readonly unknown[] = typeof input === 'string' ? [input] : input
  if (texts.every((text) => typeof text === 'string')) return texts
  const message = 'This model takes texts, not token ids.'
  throw new ApiError('unsupported_parameter', { message, param: 'input' })
}
