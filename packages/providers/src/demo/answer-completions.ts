import { completionsOverChat } from '../operations/completions-over-chat.ts'
import { answerChat } from './answer-chat.ts'
import type { Answerer } from './answerer.ts'

/** Answers legacy completions as chat would. */
export const answerCompletions: Answerer<'completions'> = (call, context) =>
  completionsOverChat(call.model === '' ? { ...call, model: 'demo' } : call, {
    chat: (one) => answerChat(one, context),
    createdSeconds: Math.floor(context.clock.wall() / 1000),
  })
