import { emulatedGenerateContent } from '@sluice/providers/internal'
import { answerChat } from './answer-chat.ts'
import type { DemoHandler } from './answerer.ts'

/** Answers calls of Gemini's form with what the demo says in chat. */
export const answerGenerateContent: DemoHandler<'models.generateContent'> = (call, context) =>
  emulatedGenerateContent(call, {
    chat: (chatCall) => answerChat(chatCall, context),
    onDrops: (drops) => {
      for (const name of drops)
        if (!call.report.droppedParams.includes(name)) call.report.droppedParams.push(name)
    },
  })
