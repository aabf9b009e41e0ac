import type { MessageRules, ModelRules } from '../openai-compatible-spec.ts'

/** Models that think as much as they think, or not at all. */
const OWN_EFFORT =
  /^(?:codestral|devstral|magistral|ministral|open-|pixtral|voxtral|mistral-(?:large|(?:small|medium)-2[0-5]))/

/** How Mistral's models want a conversation, wherever they are served. */
export const mistralConversation = {
  callIds: { fits: /^[a-zA-Z0-9]{9}$/, length: 9 },
  order: { systemFirst: true, answersTools: true },
} satisfies MessageRules

/** How Mistral itself wants messages: it answers 422 to any further member. */
export const mistralMessages: MessageRules = {
  ...mistralConversation,
  roles: { developer: 'system' },
  members: ['role', 'content', 'tool_calls', 'tool_call_id', 'prefix'],
  filled: ['assistant', 'system'],
  order: { ...mistralConversation.order, lastAssistant: 'prefix' },
}

/** What Mistral's models answer 400 to. */
export const mistralModels: readonly ModelRules[] = [
  { models: OWN_EFFORT, drops: ['reasoning_effort'] },
  { models: /./, efforts: ['none', 'high'] },
]
