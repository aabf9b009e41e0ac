import { completionsOverChat } from '@sluice/providers/internal'
import { answerChat } from './answer-chat.ts'
import type { DemoHandler } from './answerer.ts'
import { inNextTurn } from './in-next-turn.ts'

/**
 * Answers legacy completions as chat would, each prompt in a turn of its own, so that many hold
 * nobody else up.
 */
export const answerCompletions: DemoHandler<'completions'> = (call, context) =>
  completionsOverChat(call.model === '' ? { ...call, model: 'demo' } : call, {
    chat: (one) => inNextTurn(context.clock, () => answerChat(one, context)),
    createdSeconds: Math.floor(context.clock.wall() / 1000),
  })
