import type { ChatCompletionCreateParams } from '@sluice/core'
import type { ChatRules, MessageRules, OpenAICompatibleSpec } from './openai-compatible-spec.ts'

/** The rules that hold for a request: the vendor's, then those of its model. */
export function chatRules(
  alike: OpenAICompatibleSpec,
  model: string,
  params: ChatCompletionCreateParams,
): readonly ChatRules[] {
  const rules: ChatRules[] = [alike]
  for (const one of alike.modelRules ?? []) {
    if (one.models.test(model) && one.when?.(params, model) !== false) rules.push(one)
  }
  return rules
}

/** How the messages of a request are wanted. */
export function messageRules(rules: readonly ChatRules[]): MessageRules {
  const own = rules[0]!.messages ?? NO_RULES
  if (rules.length === 1) return own
  return rules.reduce((merged, { messages }) => (messages === undefined ? merged : { ...merged, ...messages }), own)
}

const NO_RULES: MessageRules = {}

/** Choices that one request can give; `undefined` where it gives as many as asked for. */
export function maxChoicesOf(rules: readonly ChatRules[]): number | undefined {
  return rules.findLast(({ maxChoices }) => maxChoices !== undefined)?.maxChoices
}
