import type { ProviderSpec } from '../vendor-spec/provider-spec.ts'
import type { OperationHandler } from './operation-handlers.ts'
import { handleChat } from './chat.ts'
import { completionsOverChat } from '../emulation/completions-over-chat.ts'

/** Answers legacy completions for a vendor that has none of its own, over its chat. */
export function handleCompletions({
  chat,
}: ProviderSpec): OperationHandler<'completions'> | undefined {
  if (chat === undefined) return undefined
  return (call, runtime) =>
    completionsOverChat(call, {
      chat: (one) => handleChat(one, runtime, chat),
      maxChoices: chat.maxChoices,
      createdSeconds: Math.floor(runtime.clock.wall() / 1000),
    })
}
