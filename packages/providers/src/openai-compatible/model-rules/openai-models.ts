import type { ChatCompletionCreateParams } from '@sluice/core/wire'
import type { ImageRules, MessageRules, ModelRules } from '../openai-compatible-spec.ts'

const SAMPLING = ['temperature', 'top_p', 'logprobs', 'top_logprobs']
const FIXED = ['presence_penalty', 'frequency_penalty', 'logit_bias', 'prediction']
const THINKS =
  /^(?:ft:)?(?:o\d|codex-mini|gpt-5(?:-(?!chat|search)|$)|gpt-5\.\d+-(?:chat|codex|pro))/
/** They sample as asked while they do not think. */
const MAY_THINK = /^(?:ft:)?gpt-(?:5\.\d+(?!\d|-(?:chat|codex|pro))|[6-9]|[12]\d)/

const asksToThink = ({ reasoning_effort: effort }: ChatCompletionCreateParams) =>
  typeof effort === 'string' && effort !== 'none'
const isNotKeptFromThinking = ({ reasoning_effort: effort }: ChatCompletionCreateParams) =>
  effort !== 'none'

const OF_NEWER_PICTURES = [
  'background',
  'input_fidelity',
  'moderation',
  'output_compression',
  'output_format',
  'partial_images',
]

/** Newer models always give pictures as data, older ones know nothing of files. */
export const openaiImages: ImageRules = {
  refused: [
    [/^gpt-image/, ['response_format', 'style']],
    [/^dall-e/, OF_NEWER_PICTURES],
    [/^dall-e-2/, ['style', 'quality']],
  ],
}

/** Ids of calls are short, and names of senders are words. */
export const openaiMessages: MessageRules = {
  callIds: { fits: /^[^]{1,40}$/, length: 24 },
  notInNames: /[\s<|\\/>]+/g,
}

const SEARCHES: ModelRules = {
  models: /-search-/,
  drops: [...SAMPLING, ...FIXED, 'seed', 'stop', 'parallel_tool_calls'],
  maxChoices: 1,
}

/** How much they can be told to think; of several that fit the last counts. */
const EFFORTS: readonly ModelRules[] = [
  { models: /^(?:ft:)?o\d/, efforts: ['low', 'medium', 'high'] },
  { models: /^gpt-5(?:-|$)/, efforts: ['minimal', 'low', 'medium', 'high'] },
  { models: /^gpt-5\.1/, efforts: ['none', 'low', 'medium', 'high'] },
  { models: /^gpt-5\.[2-5]/, efforts: ['none', 'low', 'medium', 'high', 'xhigh'] },
  { models: /^gpt-5(?:\.\d+)?-codex/, efforts: ['low', 'medium', 'high'] },
  { models: /^gpt-5\.(?:1-codex-max|[2-9]\d*-codex)/, efforts: ['low', 'medium', 'high', 'xhigh'] },
  { models: /^gpt-5\.\d+-pro/, efforts: ['medium', 'high', 'xhigh'] },
  { models: /^gpt-5\.\d+-chat/, efforts: ['medium'] },
  { models: /^gpt-5-pro/, efforts: ['high'] },
]

/** From the first that thought to the newest. */
const THINKERS: readonly ModelRules[] = [
  { models: THINKS, drops: [...SAMPLING, ...FIXED] },
  { models: MAY_THINK, drops: FIXED },
  { models: /^(?:ft:)?gpt-5\.[1-4](?!\d|-(?:chat|codex|pro))/, when: asksToThink, drops: SAMPLING },
  {
    models: /^(?:ft:)?gpt-(?:5\.(?:[5-9]|[12]\d)|[6-9]|[12]\d)/,
    when: isNotKeptFromThinking,
    drops: SAMPLING,
  },
  {
    models: /^(?:ft:)?(?:o3(?!-mini)|o4|codex-mini|gpt-5(?!-chat)|gpt-(?:[6-9]|[12]\d))/,
    drops: ['stop'],
  },
  { models: /^(?:ft:)?o\d/, drops: ['parallel_tool_calls', 'verbosity'] },
  { models: /^o1-(?:mini|preview)/, drops: ['reasoning_effort'], messages: { systemInUser: true } },
  { models: /^gpt-5-(?:chat|search)/, drops: ['reasoning_effort', 'verbosity'] },
  ...EFFORTS,
  SEARCHES,
]

/**
 * What OpenAI's models answer 400 to. The models that think fix their sampling and know the limit
 * of an answer by its newer name alone; those from 5.1 on sample as asked where they are told not
 * to think, which is the default up to 5.4. Sources: OpenAI's guides on reasoning and on its latest
 * models, and the API's own refusals, autumn of 2026.
 */
export const openaiModels: readonly ModelRules[] = [
  {
    models: /^(?:ft:)?(?:o\d|codex-mini|gpt-(?:[5-9]|[12]\d))/,
    renames: { max_tokens: 'max_completion_tokens' },
    among: THINKERS,
  },
  {
    models: /^(?:ft:)?(?:gpt-[34]|chatgpt-)/,
    drops: ['reasoning_effort', 'verbosity'],
    among: [SEARCHES, { models: /^gpt-(?:3\.?5|4-turbo|4o-2024-05-13)/, jsonSchema: 'prompt' }],
  },
]
