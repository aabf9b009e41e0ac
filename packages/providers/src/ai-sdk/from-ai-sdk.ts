import {
  ApiError,
  systemClock,
  type Batch,
  type Call,
  type Handler,
  type Operation,
} from '@sluice/core'
import { assertCall, markHandler } from '@sluice/core/internal'
import { throwError, type Observable } from 'rxjs'
import type { Provider } from '../define-provider.ts'
import { customToolsOverFunctions } from '../emulation/custom-tools/custom-tools-over-functions.ts'
import { usesCustomTools } from '../emulation/custom-tools/functions-for-customs.ts'
import { needsFanOut } from '../emulation/fan-out-jobs.ts'
import { fanOut } from '../emulation/fan-out.ts'
import { defaultTimeouts } from '../transport/deadline.ts'
import type { AiSdkLanguageModel } from './ai-sdk-model.ts'
import {
  checkAiSdkOptions,
  checkModel,
  providerIdOf,
  reportDrops,
  type FromAiSdkOptions,
} from './ai-sdk-options.ts'
import { encodeCall } from './encode-call.ts'
import { modelResponse } from './model-response.ts'

/**
 * Any language model of the Vercel AI SDK as a provider of chat completions. The model is the one
 * given here, whatever the client names. Image and file URLs are handed on as they are; whether
 * they can be fetched is the SDK provider's affair. What the SDK has no place for is listed in
 * `x-sluice-dropped-params`; more than one choice is made by several calls.
 *
 * @throws ConfigError `ERR_PROVIDERS_OPTIONS`
 * @example fromAiSdk(bedrock('anthropic.claude-sonnet-4-20250514-v1:0'))
 */
export function fromAiSdk(model: AiSdkLanguageModel, options: FromAiSdkOptions = {}): Provider {
  checkModel('fromAiSdk', model)
  checkAiSdkOptions('fromAiSdk', options)
  const id = options.id ?? providerIdOf(model.provider)
  const clock = options.clock ?? systemClock
  let sequence = 0
  const answerByOne = (call: Call<'chat.completions'>) =>
    modelResponse(call, {
      model,
      clock,
      exposeAuthErrors: options.exposeAuthErrors,
      timeouts: { ...defaultTimeouts, ...options.timeouts },
      envelope: {
        id: `chatcmpl-${call.requestId.slice(4)}${(sequence++).toString(36)}`,
        created: Math.floor(clock.wall() / 1000),
        model: model.modelId,
      },
      encode: () => {
        const encoded = encodeCall(call.params, model.specificationVersion)
        reportDrops(call, encoded.drops, options.strictParams === true)
        const { providerOptions } = options
        return providerOptions === undefined
          ? encoded.options
          : { ...encoded.options, providerOptions }
      },
    })
  const handler = (call: Call): Observable<Batch> => {
    assertCall(call, 'fromAiSdk(…)')
    call.report.provider = id
    call.report.model = model.modelId
    if (call.operation !== 'chat.completions') {
      return throwError(
        () =>
          new ApiError('unsupported_endpoint', {
            message: `${id} does not offer ${call.operation}.`,
          }),
      )
    }
    const answer = (chat: Call<'chat.completions'>) =>
      needsFanOut(chat.params, 1)
        ? fanOut(chat, { maxChoices: 1, ask: answerByOne })
        : answerByOne(chat)
    const chat = call as Call<'chat.completions'>
    return usesCustomTools(chat.params) ? customToolsOverFunctions(chat, answer) : answer(chat)
  }
  return Object.assign(markHandler(handler as Handler, 'fromAiSdk(…)'), {
    id,
    supports: (operation: Operation) => operation === 'chat.completions',
    close: () => {},
  })
}
