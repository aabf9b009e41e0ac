import {
  ApiError,
  checkOptions,
  option,
  systemClock,
  type Batch,
  type Call,
  type Clock,
  type Handler,
  type Operation,
} from '@sluice/core'
import { assertCall, markFactory, markHandler } from '@sluice/core/internal'
import { catchError, defer, throwError, type Observable } from 'rxjs'
import type { Provider } from '@sluice/providers'
import { answerChat } from './answer-chat.ts'
import { answerCompletions } from './answer-completions.ts'
import { answerCountTokens } from './answer-count-tokens.ts'
import { answerEmbeddings } from './answer-embeddings.ts'
import { answerGenerateContent } from './answer-generate-content.ts'
import { answerImageEdits, answerImageGenerations, answerImageVariations } from './answer-images.ts'
import { answerMessages, answerMessageTokens } from './answer-messages.ts'
import { answerModerations } from './answer-moderations.ts'
import { answerModel, answerModels } from './answer-models.ts'
import { answerResponses, answerResponseTokens } from './answer-responses.ts'
import { answerSpeech } from './answer-speech.ts'
import { answerTranscriptions, answerTranslations } from './answer-transcriptions.ts'
import type { DemoHandler, DemoContext } from './answerer.ts'

/** How the demo is set up. */
export interface DemoOptions {
  /**
   * Pace of a streamed answer, for each choice; 0 is as fast as the reader takes it.
   * @defaultValue 50
   */
  readonly tokensPerSecond?: number | undefined
  readonly clock?: Clock | undefined
}

const ID = 'demo'

const RULES = {
  tokensPerSecond: {
    expected: 'a number, 0 or more',
    accepts: (value: unknown) => typeof value === 'number' && Number.isFinite(value) && value >= 0,
  },
  clock: option.object,
}

/**
 * The process's own time, with timers that hold the process open while an answer is under way, as a
 * vendor's socket would.
 */
const openClock: Clock = {
  ...systemClock,
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
}

const ANSWERERS: { readonly [O in Operation]?: DemoHandler<O> } = {
  'audio.speech': answerSpeech,
  'audio.transcriptions': answerTranscriptions,
  'audio.translations': answerTranslations,
  'chat.completions': answerChat,
  completions: answerCompletions,
  embeddings: answerEmbeddings,
  'responses.create': answerResponses,
  'responses.inputTokens': answerResponseTokens,
  'images.createVariation': answerImageVariations,
  'images.edit': answerImageEdits,
  'images.generate': answerImageGenerations,
  'messages.create': answerMessages,
  'messages.countTokens': answerMessageTokens,
  moderations: answerModerations,
  'models.countTokens': answerCountTokens,
  'models.generateContent': answerGenerateContent,
  'models.list': answerModels,
  'models.retrieve': answerModel,
}

/**
 * The provider that needs no vendor: it answers offline, at once and always the same, so that an
 * app runs before anyone has a key. Its texts say that they are the demo's. Its own models begin
 * with `demo`; asked for any other it answers under the asked name, with `demo` as
 * `system_fingerprint` and in `x-sluice-provider`. Beside plain answers it calls tools that the
 * user names, fills in JSON schemas, and embeds texts so that related ones are near. Sampling
 * params have no effect; what it cannot do at all is in the call's `droppedParams`.
 *
 * @throws ConfigError `ERR_DEMO_OPTIONS`
 */
export function demo(options: DemoOptions = {}): Provider {
  checkOptions(ID, 'ERR_DEMO_OPTIONS', options, RULES)
  const context: DemoContext = {
    clock: options.clock ?? openClock,
    tokensPerSecond: options.tokensPerSecond ?? 50,
  }
  const handler = (call: Call): Observable<Batch> => {
    assertCall(call, 'demo()')
    return defer(() => {
      call.report.provider = ID
      call.report.model = call.model === '' ? ID : call.model
      if (!Object.hasOwn(ANSWERERS, call.operation)) throw unsupported(call.operation)
      const answer = ANSWERERS[call.operation] as DemoHandler<Operation>
      call.report.attempts++
      return answer(call, context)
    }).pipe(catchError((error: unknown) => throwError(() => ApiError.from(error))))
  }
  return Object.assign(markHandler(handler as Handler, 'demo()'), {
    id: ID,
    supports: (operation: Operation) => Object.hasOwn(ANSWERERS, operation),
    close: () => {},
  })
}

markFactory(demo, 'demo')

function unsupported(operation: string): ApiError {
  return new ApiError('unsupported_endpoint', { message: `${ID} does not offer ${operation}.` })
}
