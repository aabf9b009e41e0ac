import { defineProvider } from '../define-provider.ts'
import { openaiCompatibleSpec } from '../openai-compatible/openai-compatible.ts'
import { uncommonParams } from './uncommon-params.ts'

/** Ollama on this machine; it needs no key. Images must come as data, not as URLs. */
export const ollama = defineProvider(
  openaiCompatibleSpec({
    id: 'ollama',
    baseURL: 'http://localhost:11434/v1',
    renames: { max_completion_tokens: 'max_tokens' },
    drops: uncommonParams({ and: ['parallel_tool_calls', 'tool_choice', 'top_k'] }),
    maxChoices: 1,
    messages: { roles: { developer: 'system' }, thoughts: 'reasoning' },
    embeddings: { drops: ['user'], floatsOnly: true },
    operations: ['completions'],
  }),
)
