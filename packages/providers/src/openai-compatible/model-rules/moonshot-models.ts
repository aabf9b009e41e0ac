import type { ChatCompletionCreateParams } from '@sluice/core/wire'
import { isObject } from '../../vendor-spec/json.ts'
import type { ModelRules } from '../openai-compatible-spec.ts'

const FROM_K25 = /^kimi-k(?:2\.\d|[3-9]|[12]\d)/

/**
 * What Kimi's models answer 400 to. From K2.5 on the sampling is fixed by whether they think;
 * earlier ones give one choice alone where they are asked to be greedy. A model that thinks obeys
 * no forced call. Source: platform.kimi.ai, "Models overview" and "Migrating from OpenAI", autumn
 * of 2026.
 */
export const moonshotModels: readonly ModelRules[] = [
  { models: /./, when: ({ temperature }) => (temperature ?? 1) < 0.01, maxChoices: 1 },
  {
    models: FROM_K25,
    drops: ['temperature', 'top_p', 'presence_penalty', 'frequency_penalty'],
    maxChoices: 1,
  },
  { models: FROM_K25, when: thinks, allows: { tool_choice: ['auto', 'none'] } },
  { models: /^kimi-.*thinking/, allows: { tool_choice: ['auto', 'none'] } },
]

function thinks({ thinking }: ChatCompletionCreateParams): boolean {
  return !isObject(thinking) || thinking['type'] !== 'disabled'
}
