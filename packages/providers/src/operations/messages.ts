import type { Batch, Call } from '@sluice/core'
import type { Message, MessageCreateParams, MessageTokensCount } from '@sluice/core/wire'
import { DocumentBatch } from '@sluice/sse-stream/internal'
import { defer, of, type Observable } from 'rxjs'
import { estimateMessageTokens } from '../emulation/messages/estimate-message-tokens.ts'
import { emulatedMessages } from '../emulation/messages/emulated-messages.ts'
import { messageStream } from '../emulation/messages/message-stream.ts'
import { fromMessageUsage } from '../emulation/messages/message-usage.ts'
import { withoutEmulatedThinking } from '../emulation/messages/thinking-signature.ts'
import { wholeMessageEvents } from '../emulation/messages/whole-message-events.ts'
import { operationResponse } from '../response/operation-response.ts'
import type { ResponseContext } from '../response/response-context.ts'
import type { ProviderRuntime } from '../runtime/provider-runtime.ts'
import type { UpstreamRequest } from '../transport/send.ts'
import { isObject } from '../vendor-spec/json.ts'
import type { ChatDialect, MessagesDialect, ProviderSpec } from '../vendor-spec/provider-spec.ts'
import { handleChat } from './chat.ts'
import type { OperationHandler } from './operation-handlers.ts'

type MessagesCall = Call<'messages.create'>
type CountCall = Call<'messages.countTokens'>

/**
 * Answers calls for messages: by the vendor's own Messages API where it has one, else over its
 * chat.
 */
export function handleMessages({
  messages,
  chat,
}: ProviderSpec): OperationHandler<'messages.create'> | undefined {
  if (messages !== undefined) return (call, runtime) => nativeMessages(call, runtime, messages)
  return chat && ((call, runtime) => messagesOverChat(call, runtime, chat))
}

/** Counts the tokens of a message: the vendor does where it can, else they are estimated. */
export function handleMessageTokens({
  messages,
  chat,
}: ProviderSpec): OperationHandler<'messages.countTokens'> | undefined {
  const path = messages?.countPath
  if (path !== undefined) return (call, runtime) => nativeCount(call, runtime, path)
  if (messages === undefined && chat === undefined) return undefined
  return (call) =>
    defer(() => {
      const value: MessageTokensCount = { input_tokens: estimateMessageTokens(call.params) }
      return of(new DocumentBatch<never, MessageTokensCount>({ value }, call.gate))
    })
}

function messagesOverChat(
  call: MessagesCall,
  runtime: ProviderRuntime,
  chat: ChatDialect,
): Observable<Batch> {
  return emulatedMessages(call, {
    chat: (one) => handleChat(one, runtime, chat),
    abilities: chat,
    onDrops: (drops) => runtime.reportDrops(call, [], drops),
  })
}

function nativeMessages(
  call: MessagesCall,
  runtime: ProviderRuntime,
  { path }: MessagesDialect,
): Observable<Batch> {
  const isStreamed = call.params.stream === true
  return operationResponse(call, {
    context: nativeContext(call, runtime, isStreamed),
    maxEventBytes: runtime.maxEventBytes,
    request: () => nativeRequest(call, runtime, path),
    decode: soundMessage,
    usageOf: (document) => fromMessageUsage((document as Message).usage ?? {}),
    stream: isStreamed ? messageStream : undefined,
    asStream: isStreamed
      ? (document) => wholeMessageEvents(document as Message, call.gate)
      : undefined,
  })
}

function nativeCount(call: CountCall, runtime: ProviderRuntime, path: string): Observable<Batch> {
  return operationResponse(call, {
    context: nativeContext(call, runtime, false),
    maxEventBytes: runtime.maxEventBytes,
    request: () => nativeRequest(call, runtime, path),
    decode: (json) => {
      if (!isObject(json) || typeof json['input_tokens'] !== 'number')
        throw new TypeError('no count')
      return json
    },
    usageOf: () => undefined,
  })
}

/** Reads a failure as one of the client's own dialect. */
function nativeContext(call: Call, runtime: ProviderRuntime, isStreamed: boolean): ResponseContext {
  const context = runtime.context(call, isStreamed)
  return { ...context, errors: { ...context.errors, dialect: 'anthropic' } }
}

/** Writes the client's own body with another model and other credentials. */
function nativeRequest(
  call: MessagesCall | CountCall,
  runtime: ProviderRuntime,
  path: string,
): UpstreamRequest {
  const { model } = call
  const params = call.params as MessageCreateParams
  const messages = withoutEmulatedThinking(params.messages)
  return runtime.request(call, {
    path,
    patch: {
      set: {
        ...(model === params.model ? {} : { model }),
        ...(messages === params.messages ? {} : { messages }),
      },
      unset: [],
    },
    headers: anthropicHeaders(call.headers),
  })
}

const OWN_HEADER = /^anthropic-[a-z\d-]{1,64}$/

/** Returns the headers that change what Anthropic does: its version, its betas, and new ones. */
function anthropicHeaders(headers: Call['headers']): Record<string, string> {
  const own = Object.entries(headers).filter(([name]) => OWN_HEADER.test(name))
  return Object.fromEntries(own.map(([name, value]) => [name, String(value ?? '')]))
}

/** @throws TypeError where it is no message */
function soundMessage(json: unknown): unknown {
  if (!isObject(json) || json['type'] !== 'message' || !Array.isArray(json['content']))
    throw new TypeError('not a message')
  return json
}
