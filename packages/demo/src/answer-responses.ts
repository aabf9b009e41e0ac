import { emulatedResponses } from '@sluice/providers/internal'
import { answerChat } from './answer-chat.ts'
import type { DemoHandler } from './answerer.ts'

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
