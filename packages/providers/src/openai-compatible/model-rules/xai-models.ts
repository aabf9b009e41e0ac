import type { ModelRules } from '../openai-compatible-spec.ts'

const THINKS = /^grok-(?:3-mini|4(?!.*non-reasoning)|code|[5-9])/
const FIXED_EFFORT = /^grok-(?:2|3(?!-mini)|4(?:-|$)|4\.1-|4\.20(?!-multi)|code)/

/**
 * What Grok's models answer 400 to: those that think to penalties and stops, most of them to be
 * told how much. Source: docs.x.ai, "Reasoning".
 */
export const xaiModels: readonly ModelRules[] = [
  { models: THINKS, drops: ['presence_penalty', 'frequency_penalty', 'stop'] },
  { models: FIXED_EFFORT, drops: ['reasoning_effort'] },
  { models: /^grok-3-mini/, efforts: ['low', 'high'] },
]
