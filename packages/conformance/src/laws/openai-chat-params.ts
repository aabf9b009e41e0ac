/**
 * A param of OpenAI's chat completions with a value that means something, and the others that it
 * needs to mean it.
 */
export interface ParamSample {
  readonly name: string
  readonly value: unknown
  readonly with?: Readonly<Record<string, unknown>>
}

const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
const tools = [
  {
    type: 'function',
    function: { name: 'weather', description: 'Tells the weather.', parameters },
  },
]
const schema = {
  type: 'object',
  properties: { answer: { type: 'string' } },
  required: ['answer'],
  additionalProperties: false,
}

/**
 * Every param of `POST /chat/completions` beside `model`, `messages`, `stream` and `stream_options`
 * (API reference, November 2025).
 */
export const openaiChatParams: readonly ParamSample[] = [
  {
    name: 'audio',
    value: { voice: 'alloy', format: 'mp3' },
    with: { modalities: ['text', 'audio'] },
  },
  { name: 'frequency_penalty', value: 0.25 },
  {
    name: 'function_call',
    value: { name: 'weather' },
    with: { functions: [{ name: 'weather', parameters }] },
  },
  { name: 'functions', value: [{ name: 'weather', parameters }] },
  { name: 'logit_bias', value: { '50256': -100 } },
  { name: 'logprobs', value: true },
  { name: 'max_completion_tokens', value: 77 },
  { name: 'max_tokens', value: 77 },
  { name: 'metadata', value: { order: '17' } },
  { name: 'modalities', value: ['text', 'audio'] },
  { name: 'n', value: 2 },
  { name: 'parallel_tool_calls', value: false, with: { tools } },
  { name: 'prediction', value: { type: 'content', content: 'perhaps this' } },
  { name: 'presence_penalty', value: 0.25 },
  { name: 'prompt_cache_key', value: 'chapter-1' },
  { name: 'prompt_cache_retention', value: '24h' },
  { name: 'reasoning_effort', value: 'high' },
  { name: 'response_format', value: { type: 'json_object' } },
  {
    name: 'response_format',
    value: { type: 'json_schema', json_schema: { name: 'reply', schema, strict: true } },
  },
  { name: 'safety_identifier', value: 'person-17' },
  { name: 'seed', value: 7 },
  { name: 'service_tier', value: 'flex' },
  { name: 'stop', value: ['END'] },
  { name: 'store', value: true },
  { name: 'temperature', value: 0.3 },
  { name: 'tool_choice', value: 'required', with: { tools } },
  { name: 'tools', value: tools },
  { name: 'top_logprobs', value: 3, with: { logprobs: true } },
  { name: 'top_p', value: 0.4 },
  { name: 'user', value: 'person-17' },
  { name: 'verbosity', value: 'low' },
  { name: 'web_search_options', value: { search_context_size: 'low' } },
]
