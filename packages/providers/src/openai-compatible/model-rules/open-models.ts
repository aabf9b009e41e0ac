import type { ModelRules } from '../openai-compatible-spec.ts'
import { mistralConversation } from './mistral-models.ts'

const MISTRALS = /(?:^|\/)(?:open-)?(?:mi[sx]tral|ministral|magistral|devstral|codestral|pixtral)/i

/**
 * What open models answer 400 to wherever they are served: the templates of their conversations say
 * so.
 */
export const openModels: readonly ModelRules[] = [
  { models: MISTRALS, messages: mistralConversation },
  {
    models: /(?:^|\/)gemma-?[12]\b/i,
    messages: { systemInUser: true, order: { alternates: true } },
  },
]
