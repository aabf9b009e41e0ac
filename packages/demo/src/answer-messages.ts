import { emulatedMessages, estimateMessageTokens } from '@sluice/providers/internal'
import type { MessageTokensCount } from '@sluice/core/wire'
import { DocumentBatch } from '@sluice/sse-stream/internal'
import { answerChat } from './answer-chat.ts'
import type { DemoHandler } from './answerer.ts'
import { oneBatch } from './one-batch.ts'

/** Answers calls for messages with what the demo says in chat. */
export const answerMessages: DemoHandler<'messages.create'> = (call, context) =>
  emulatedMessages(call, {
    chat: (chatCall) => answerChat(chatCall, context),
    onDrops: (drops) => {
      for (const name of drops)
        if (!call.report.droppedParams.includes(name)) call.report.droppedParams.push(name)
    },
  })

/** Answers `POST /messages/count_tokens` with an estimate. */
export const answerMessageTokens: DemoHandler<'messages.countTokens'> = (call) => {
  const value: MessageTokensCount = { input_tokens: estimateMessageTokens(call.params) }
  return oneBatch(call.gate, new DocumentBatch<never, MessageTokensCount>({ value }, call.gate))
}
