import type { ChatCompletionCreateParams } from '@sluice/core/wire'
import type {
  ChatRules,
  MessageRules,
  ModelRules,
  OpenAICompatibleSpec,
} from '../openai-compatible-spec.ts'

/** The rules that hold for a request: the vendor's, then those of its model. */
export function chatRules(
  alike: OpenAICompatibleSpec,
  model: string,
  params: ChatCompletionCreateParams,
): readonly ChatRules[] {
  const rules: ChatRules[] = [alike]
  if (alike.modelRules !== undefined) gather(alike.modelRules, model, params, rules)
  return rules
}

function gather(
  given: readonly ModelRules[],
  model: string,
  params: ChatCompletionCreateParams,
  into: ChatRules[],
): void {
  for (const one of given) {
    if (!one.models.test(model) || one.when?.(params, model) === false) continue
    into.push(one)
    if (one.among !== undefined) gather(one.among, model, params, into)
  }
}

/** How the messages of a request are wanted. */
export function messageRules(rules: readonly ChatRules[]): MessageRules {
  const own = rules[0]!.messages ?? NO_RULES
  if (rules.length === 1) return own
  return rules.reduce(
    (merged, { messages }) => (messages === undefined ? merged : { ...merged, ...messages }),
    own,
  )
}

const NO_RULES: MessageRules = {}

/** The words for `reasoning_effort` that are known; `undefined` where all are. */
export function effortsOf(rules: readonly ChatRules[]): ChatRules['efforts'] {
  return rules.findLast(({ efforts }) => efforts !== undefined)?.efforts
}

/** Choices that one request can give; `undefined` where it gives as many as asked for. */
export function maxChoicesOf(rules: readonly ChatRules[]): number | undefined {
  return rules.findLast(({ maxChoices }) => maxChoices !== undefined)?.maxChoices
}
