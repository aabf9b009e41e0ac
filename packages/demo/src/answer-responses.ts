import type { ResponseTokensCount } from '@sluice/core/wire'
import { emulatedResponses, estimateResponseTokens } from '@sluice/providers/internal'
import { DocumentBatch } from '@sluice/sse-stream/internal'
import { answerChat } from './answer-chat.ts'
import type { DemoHandler } from './answerer.ts'
import { oneBatch } from './one-batch.ts'

/** Answers Responses calls with what the demo says in chat. */
export const answerResponses: DemoHandler<'responses.create'> = (call, context) =>
  emulatedResponses(call, {
    chat: (chatCall) => answerChat(chatCall, context),
    now: () => Math.floor(context.clock.wall() / 1000),
    onDrops: (drops) => {
      for (const name of drops)
        if (!call.report.droppedParams.includes(name)) call.report.droppedParams.push(name)
    },
  })

/** Answers `POST /responses/input_tokens` with an estimate. */
export const answerResponseTokens: DemoHandler<'responses.inputTokens'> = ({ params, gate }) => {
  const value = estimateResponseTokens(params)
  return oneBatch(gate, new DocumentBatch<never, ResponseTokensCount>({ value }, gate))
}
