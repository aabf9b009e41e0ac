import { ApiError, type Batch, type Call } from '@sluice/core'
import { draftResponse, guardObserver } from '@sluice/core/internal'
import type {
  ChatCompletion,
  ChatCompletionChunk,
  CompletionUsage,
  Response,
  ResponseStreamEvent,
} from '@sluice/core/wire'
import { DocumentBatch, EventBatch, TypedEventBatch } from '@sluice/sse-stream/internal'
import { EMPTY, Observable } from 'rxjs'
import { unreadable } from '../../response/upstream-response.ts'
import { CompactionEvents } from './compaction-events.ts'
import { ResponseEvents } from './response-events.ts'
import { toChatParams, type ChatAbilities, type ChatRequest } from './to-chat-params.ts'

const encoder = new TextEncoder()

type ChatBatch = Batch<ChatCompletionChunk, ChatCompletion>
type ResponseBatch = Batch<ResponseStreamEvent, Response>

/** What it takes to answer a Responses call by chat. */
export interface EmulatedResponsesOptions {
  /** Answers chat. */
  readonly chat: (call: Call<'chat.completions'>) => Observable<ChatBatch>
  /** Of what that chat is capable. @defaultValue text in the results of tools, no search */
  readonly abilities?: ChatAbilities | undefined
  /** Unix time in seconds. */
  readonly now: () => number
  /** Told of what chat cannot carry; may throw. */
  readonly onDrops: (drops: readonly string[]) => void
}

/**
 * The answer to a Responses call from an upstream that only knows chat. Streamed or whole, as the
 * caller asked.
 */
export function emulatedResponses(
  call: Call<'responses.create'>,
  options: EmulatedResponsesOptions,
): Observable<ResponseBatch> {
  return new Observable((subscriber) => {
    let request: ChatRequest
    // Agents warm a connection up with a request that is to be read and not answered.
    const isOnlyRead = call.params['generate'] === false
    try {
      request = toChatParams(call.params, options.abilities)
      options.onDrops(request.drops)
      if (!isOnlyRead && request.params.messages.length === 0) throw saysNothing()
    } catch (error) {
      subscriber.error(ApiError.from(error))
      return undefined
    }
    const { gate } = call
    // Who knows an id may go on from what stands behind it: it must not be guessed.
    const idPart = globalThis.crypto.randomUUID().replaceAll('-', '')
    const draft = draftResponse(call.params, {
      id: `resp_${idPart}`,
      createdAt: options.now(),
      model: call.model,
      status: 'in_progress',
    })
    const { tools } = request
    const events =
      request.compacts && !isOnlyRead
        ? new CompactionEvents({ draft, idPart })
        : new ResponseEvents({ draft, idPart, targetOf: (name) => tools.targetOf(name) })
    const streamed = call.params.stream === true
    let usage: CompletionUsage | undefined
    const chatCall: Call<'chat.completions'> = {
      ...call,
      operation: 'chat.completions',
      params: request.params,
      body: undefined,
    }
    const answer = isOnlyRead ? EMPTY : options.chat(chatCall)
    const observer = {
      next: (batch: ChatBatch) => {
        usage = batch.usage ?? usage
        if (streamed && batch instanceof EventBatch && events instanceof ResponseEvents) {
          const frames = events.framesOf(batch)
          if (frames !== '')
            subscriber.next(new TypedEventBatch({ bytes: encoder.encode(frames) }, gate))
          return
        }
        const said = batch.chunks().flatMap((chunk) => events.add(chunk))
        if (streamed && said.length > 0)
          subscriber.next(
            new TypedEventBatch<ResponseStreamEvent, Response>({ events: said }, gate),
          )
      },
      error: (error: unknown) => subscriber.error(error),
      complete: () => {
        const last = events.end(usage, options.now())
        subscriber.next(
          streamed
            ? new TypedEventBatch<ResponseStreamEvent, Response>({ events: last }, gate, usage)
            : new DocumentBatch<ResponseStreamEvent, Response>(
                { value: events.response },
                gate,
                usage,
              ),
        )
        subscriber.complete()
      },
    }
    return answer.subscribe(guardObserver(observer, (error) => subscriber.error(unreadable(error))))
  })
}

/**
 * Vendors refuse a conversation without a message, by the name of a param that the client does not
 * know.
 */
function saysNothing(): ApiError {
  return new ApiError('invalid_value', { message: 'The input says nothing.', param: 'input' })
}
