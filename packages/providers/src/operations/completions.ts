import type { ProviderSpec } from '../provider-spec.ts'
import type { Answerer } from './answerer.ts'
import { answerChat } from './chat.ts'
import { completionsOverChat } from './completions-over-chat.ts'

/** Answers legacy completions for a vendor that has none of its own, over its chat. */
export function answerCompletions({ chat }: ProviderSpec): Answerer<'completions'> | undefined {
  if (chat === undefined) return undefined
  return (call, runtime) =>
    completionsOverChat(call, {
      chat: (one) => answerChat(one, runtime, chat),
      maxChoices: chat.maxChoices,
      createdSeconds: Math.floor(runtime.clock.wall() / 1000),
    })
}
