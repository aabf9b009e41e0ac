import { ApiError, type Batch, type Call } from '@sluice/core'
import { guardObserver } from '@sluice/core/internal'
import type {
  ChatCompletion,
  ChatCompletionChunk,
  CompletionUsage,
  GenerateContentResponse,
} from '@sluice/core/wire'
import { ChunkBatch, ContentAccumulator, DocumentBatch } from '@sluice/sse-stream/internal'
import { Observable } from 'rxjs'
import { unreadable } from '../../response/upstream-response.ts'
import { isObject } from '../../vendor-spec/json.ts'
import type { ChatAbilities, ChatRequest } from '../responses/to-chat-params.ts'
import { ContentEvents } from './from-chat/content-events.ts'
import { readMember } from './read-member.ts'
import { toChatParams } from './to-chat/to-chat-params.ts'
import { includesReasoning } from './to-chat/to-chat-settings.ts'

type ChatBatch = Batch<ChatCompletionChunk, ChatCompletion>
type ContentBatch = Batch<GenerateContentResponse, GenerateContentResponse>
const Events = ChunkBatch<GenerateContentResponse, GenerateContentResponse>

/** What it takes to answer a call of Gemini's form by chat. */
export interface EmulatedGenerateContentOptions {
  /** Answers chat. */
  readonly chat: (call: Call<'chat.completions'>) => Observable<ChatBatch>
  /** Of what that chat is capable. @defaultValue text in the results of tools, no search */
  readonly abilities?: ChatAbilities | undefined
  /** Told of what chat cannot carry; may throw. */
  readonly onDrops: (drops: readonly string[]) => void
}

/**
 * Answers a call of Gemini's form from an upstream that only knows chat. Streamed or whole, as the
 * caller asked.
 */
export function emulatedGenerateContent(
  call: Call<'models.generateContent'>,
  options: EmulatedGenerateContentOptions,
): Observable<ContentBatch> {
  return new Observable((subscriber) => {
    let request: Pick<ChatRequest, 'params' | 'drops'>
    try {
      request = toChatParams(call.params, options.abilities)
      options.onDrops(request.drops)
    } catch (error) {
      subscriber.error(ApiError.from(error))
      return undefined
    }
    const { gate, params } = call
    const config = readMember(params, 'generationConfig')
    const events = new ContentEvents({
      responseId: call.requestId,
      model: call.model,
      includesReasoning: isObject(config) && includesReasoning(config),
    })
    const streamed = params.stream === true
    const whole = new ContentAccumulator()
    let hasSpoken = false
    let usage: CompletionUsage | undefined
    const chatCall: Call<'chat.completions'> = {
      ...call,
      operation: 'chat.completions',
      params: request.params,
      body: undefined,
    }
    const end = (last: GenerateContentResponse) => {
      if (streamed) subscriber.next(new Events([last], gate, usage))
      else {
        whole.add(last)
        subscriber.next(new DocumentBatch({ value: whole.result() }, gate, usage))
      }
      subscriber.complete()
    }
    const observer = {
      next: (batch: ChatBatch) => {
        usage = batch.usage ?? usage
        const said: GenerateContentResponse[] = []
        for (const chunk of batch.chunks()) {
          const response = events.add(chunk)
          if (response !== undefined) said.push(response)
        }
        hasSpoken ||= said.length > 0
        if (!streamed) for (const response of said) whole.add(response)
        else if (said.length > 0) subscriber.next(new Events(said, gate))
      },
      error: (error: unknown) => {
        // Chat refuses a prompt by an error, Gemini by a response.
        if (hasSpoken || !isBlocked(error)) return subscriber.error(error)
        end(events.blocked('SAFETY'))
      },
      complete: () => end(events.end(usage)),
    }
    return options
      .chat(chatCall)
      .subscribe(guardObserver(observer, (error) => subscriber.error(unreadable(error))))
  })
}

function isBlocked(error: unknown): boolean {
  return (
    ApiError.is(error) &&
    error.status === 400 &&
    (error.wireCode === 'content_filter' || error.wireCode === 'content_policy_violation')
  )
}
