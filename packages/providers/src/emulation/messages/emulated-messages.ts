import { ApiError, type Batch, type Call, type Gate } from '@sluice/core'
import { guardObserver } from '@sluice/core/internal'
import type {
  ChatCompletion,
  ChatCompletionChunk,
  CompletionUsage,
  Message,
  MessageStreamEvent,
} from '@sluice/core/wire'
import { DocumentBatch, TypedEventBatch } from '@sluice/sse-stream/internal'
import { Observable } from 'rxjs'
import { unreadable } from '../../response/upstream-response.ts'
import type { ChatAbilities } from '../responses/to-chat-params.ts'
import { MessageEvents } from './message-events.ts'
import { promptTooLong } from './prompt-too-long.ts'
import { toChatParams, type ChatForMessage } from './to-chat/to-chat-params.ts'

type ChatBatch = Batch<ChatCompletionChunk, ChatCompletion>
type MessageBatch = Batch<MessageStreamEvent, Message>

/** What it takes to answer a call for a message by chat. */
export interface EmulatedMessagesOptions {
  /** Answers chat. */
  readonly chat: (call: Call<'chat.completions'>) => Observable<ChatBatch>
  /** Of what that chat is capable. @defaultValue text in the results of tools, no search */
  readonly abilities?: ChatAbilities | undefined
  /** Told of what chat cannot carry; may throw. */
  readonly onDrops: (drops: readonly string[]) => void
}

/**
 * Answers a call for a message from an upstream that only knows chat. Streamed or whole, as the
 * caller asked.
 */
export function emulatedMessages(
  call: Call<'messages.create'>,
  options: EmulatedMessagesOptions,
): Observable<MessageBatch> {
  return new Observable((subscriber) => {
    let request: ChatForMessage
    try {
      request = toChatParams(call.params, options.abilities)
      options.onDrops(request.drops)
      if (request.params.messages.length === 0) throw saysNothing()
    } catch (error) {
      subscriber.error(ApiError.from(error))
      return undefined
    }
    const { params, gate, model } = call
    const { names } = request
    const streamed = params.stream === true
    const events = new MessageEvents({
      id: `msg_${globalThis.crypto.randomUUID().replaceAll('-', '')}`,
      model,
      keeps: !streamed,
      showsThinking: params.thinking?.type !== 'disabled',
      stopSequences: params.stop_sequences ?? [],
      toolName: (name) => names.fromChat(name),
    })
    let usage: CompletionUsage | undefined
    const chatCall: Call<'chat.completions'> = {
      ...call,
      operation: 'chat.completions',
      params: request.params,
      body: undefined,
    }
    const observer = {
      next: (batch: ChatBatch) => {
        usage = batch.usage ?? usage
        const frames = events.add(batch)
        if (frames !== '') subscriber.next(batchOf(frames, gate))
      },
      error: (error: unknown) => subscriber.error(promptTooLong(error)),
      complete: () => {
        const last = events.end(usage)
        subscriber.next(
          streamed
            ? batchOf(last, gate, usage)
            : new DocumentBatch<MessageStreamEvent, Message>(
                { value: events.message(usage) },
                gate,
                usage,
              ),
        )
        subscriber.complete()
      },
    }
    return options
      .chat(chatCall)
      .subscribe(guardObserver(observer, (error) => subscriber.error(unreadable(error))))
  })
}

function batchOf(frames: string, gate: Gate, usage?: CompletionUsage): MessageBatch {
  return new TypedEventBatch({ bytes: Buffer.from(frames) }, gate, usage)
}

/** Vendors refuse a conversation without a message in words that the client does not know. */
function saysNothing(): ApiError {
  return new ApiError('invalid_value', { message: 'The messages say nothing.', param: 'messages' })
}
