import type {
  ChatCompletionCreateParams,
  EmbeddingCreateParams,
  ResponseCreateParams,
} from '@sluice/core/wire'
import { azureOpenAI } from '@sluice/providers/azure-openai'
import { deepseek } from '@sluice/providers/deepseek'
import { gemini } from '@sluice/providers/gemini'
import { groq } from '@sluice/providers/groq'
import { mistral } from '@sluice/providers/mistral'
import { moonshot } from '@sluice/providers/moonshot'
import { openai } from '@sluice/providers/openai'
import { openrouter } from '@sluice/providers/openrouter'
import { qwen } from '@sluice/providers/qwen'
import { vllm } from '@sluice/providers/vllm'
import { xai } from '@sluice/providers/xai'
import { describe, expect, it } from 'vitest'
import type { EncodedRequest, ProviderSpec } from '../../../src/vendor-spec/provider-spec.ts'

type Json = Readonly<Record<string, unknown>>
const VENDORS: Readonly<Record<string, { readonly spec: ProviderSpec }>> = {
  azureOpenAI,
  deepseek,
  gemini,
  groq,
  mistral,
  moonshot,
  openai,
  openrouter,
  qwen,
  vllm,
  xai,
}
const spec = (vendor: string) => VENDORS[vendor]!.spec

/** The body that is sent, and what is said to be lost. */
function sent(params: object, encoded: EncodedRequest): { body: Json; drops: readonly string[] } {
  const { set = {}, unset = [] } = encoded.patch ?? {}
  const body: Record<string, unknown> = { ...params, ...set }
  for (const name of unset) delete body[name]
  return { body, drops: encoded.drops ?? [] }
}

function chat(vendor: string, model: string, extra: Partial<ChatCompletionCreateParams>) {
  const params = { model, messages: [{ role: 'user' as const, content: 'hi' }], ...extra }
  // An alias stands in the params: what counts is the model that the vendor is asked for.
  return sent(
    params,
    spec(vendor).chat!.encode({ ...params, model: 'smart' }, { model, stream: false }),
  )
}

const PENALTIES = { presence_penalty: 0.5, frequency_penalty: 0 }
const SAMPLING = { temperature: 0.3, top_p: 0.9 }
const PROBABLE = { logprobs: true, top_logprobs: 2 }
const EVERYTHING = { ...SAMPLING, ...PENALTIES }
const forced = {
  tool_choice: 'required',
  tools: [{ type: 'function', function: { name: 'f' } }],
} as const
const json = {
  response_format: { type: 'json_schema', json_schema: { name: 'x', schema: {} } },
} as const

/** What is left out because the model refuses it. */
const REFUSED: readonly (readonly [
  string,
  readonly string[],
  Partial<ChatCompletionCreateParams>,
])[] = [
  ['moonshot', ['kimi-k2.5', 'kimi-k2.6', 'kimi-k2.7-turbo', 'kimi-k3', 'kimi-k10'], EVERYTHING],
  ['moonshot', ['kimi-k2-thinking', 'kimi-k2.6'], { tool_choice: 'required' }],
  [
    'openai',
    ['o1', 'o3', 'o3-mini', 'o4-mini', 'gpt-5', 'gpt-5-mini', 'gpt-5.2-chat-latest'],
    { ...EVERYTHING, ...PROBABLE },
  ],
  [
    'openai',
    ['ft:o4-mini-2025-04-16:org::id', 'gpt-5-2025-08-07', 'gpt-5.3-codex', 'gpt-5.5-pro'],
    EVERYTHING,
  ],
  ['openai', ['gpt-5.6', 'gpt-6-astra', 'gpt-5.5'], SAMPLING],
  ['openai', ['o3', 'o4-mini', 'gpt-5', 'gpt-5.4', 'gpt-6-astra'], { stop: ['END'] }],
  ['openai', ['gpt-5.1', 'gpt-5.4'], { ...PENALTIES, logit_bias: { '1': 1 } }],
  [
    'openai',
    ['gpt-4o', 'gpt-4.1', 'gpt-3.5-turbo', 'gpt-5-chat-latest'],
    { reasoning_effort: 'low', verbosity: 'low' },
  ],
  ['openai', ['o1-mini'], { reasoning_effort: 'low' }],
  ['openai', ['gpt-4o-search-preview', 'gpt-5-search-api'], { ...EVERYTHING, seed: 1 }],
  ['azureOpenAI', ['gpt-5', 'o3-mini'], EVERYTHING],
  [
    'xai',
    ['grok-4', 'grok-4-0709', 'grok-3-mini', 'grok-code-fast-1', 'grok-4.3', 'grok-4.7', 'grok-5'],
    { ...PENALTIES, stop: 'x' },
  ],
  [
    'xai',
    ['grok-4', 'grok-3', 'grok-4-fast-reasoning', 'grok-4-1-fast', 'grok-4.20-0309-reasoning'],
    { reasoning_effort: 'high' },
  ],
  ['deepseek', ['deepseek-reasoner', 'deepseek-v4-pro'], { ...PROBABLE, tool_choice: 'required' }],
  ['deepseek', ['deepseek-chat'], { ...PROBABLE, thinking: { type: 'enabled' } }],
  ['groq', ['llama-3.3-70b-versatile'], { reasoning_effort: 'low', service_tier: 'default' }],
  ['mistral', ['mistral-large-latest', 'codestral-latest'], { reasoning_effort: 'high' }],
  ['qwen', ['qwen3-32b', 'qwq-plus', 'qwen3.5-plus'], { tool_choice: 'required' }],
]

/** What goes on as it came because the model takes it. */
const TAKEN: readonly (readonly [
  string,
  readonly string[],
  Partial<ChatCompletionCreateParams>,
])[] = [
  ['moonshot', ['moonshot-v1-8k', 'kimi-k2-0905-preview', 'kimi-k2-thinking'], EVERYTHING],
  ['moonshot', ['kimi-k2.6'], { ...forced, thinking: { type: 'disabled' } }],
  [
    'openai',
    ['gpt-4o', 'gpt-4.1', 'gpt-35-turbo', 'chatgpt-4o-latest'],
    { ...EVERYTHING, ...PROBABLE, stop: 'x', max_tokens: 5 },
  ],
  ['openai', ['gpt-5-chat-latest'], { ...EVERYTHING, ...PROBABLE, stop: 'x' }],
  ['openai', ['gpt-5.1', 'gpt-5.2', 'gpt-5.4'], { ...SAMPLING, ...PROBABLE }],
  ['openai', ['gpt-5.4', 'gpt-5.6', 'gpt-6-astra'], { ...SAMPLING, reasoning_effort: 'none' }],
  ['openai', ['o1', 'o3-mini'], { stop: ['END'] }],
  ['azureOpenAI', ['gpt-35-turbo', 'my-deployment'], { ...EVERYTHING, max_tokens: 5 }],
  [
    'xai',
    ['grok-3', 'grok-2-1212', 'grok-4-fast-non-reasoning', 'grok-4.20-0309-non-reasoning'],
    { ...PENALTIES, stop: 'x' },
  ],
  [
    'xai',
    ['grok-3-mini', 'grok-4.3', 'grok-4.20-multi-agent-0309', 'grok-4.7'],
    { reasoning_effort: 'high' },
  ],
  ['deepseek', ['deepseek-chat'], { ...PROBABLE, ...forced }],
  ['deepseek', ['deepseek-reasoner'], EVERYTHING],
  ['groq', ['openai/gpt-oss-120b'], { reasoning_effort: 'low', service_tier: 'flex', ...json }],
  ['mistral', ['mistral-large-latest'], { ...EVERYTHING }],
  ['qwen', ['qwen-plus', 'qwen3-coder-plus', 'qwen3-30b-a3b-instruct-2507'], forced],
]

const rows = (table: typeof REFUSED) =>
  table.flatMap(([vendor, models, params]) =>
    models.map((model) => [vendor, model, params] as const),
  )

describe('a param that a model refuses', () => {
  it.each(rows(REFUSED))(
    '%s: is not sent to %s, and said to be lost: %j',
    (vendor, model, params) => {
      const { tools } = forced
      const { body, drops } = chat(vendor, model, { tools, ...params })
      const names = Object.keys(params).filter((name) => name !== 'thinking')
      expect(names.filter((name) => body[name] !== undefined)).toEqual([])
      expect(
        names.filter(
          (name) => !drops.includes(name) && !spec(vendor).chat!.unsupportedParams.includes(name),
        ),
      ).toEqual([])
    },
  )

  it.each(rows(TAKEN))('%s: is sent to %s where it takes it: %j', (vendor, model, params) => {
    const { body, drops } = chat(vendor, model, params)
    expect(body).toMatchObject(params)
    expect(drops).toEqual([])
  })

  it('is not said to be lost where it was null', () => {
    expect(chat('xai', 'grok-4', { stop: null, presence_penalty: null }).drops).toEqual([])
  })
})

describe('the limit of an answer', () => {
  it.each([
    ['openai', 'gpt-5'],
    ['openai', 'gpt-5-chat-latest'],
    ['openai', 'o3'],
    ['azureOpenAI', 'gpt-5'],
  ])('goes to %s’s %s under its newer name', (vendor, model) => {
    const { body, drops } = chat(vendor, model, { max_tokens: 100 })
    expect([body['max_completion_tokens'], body['max_tokens'], drops]).toEqual([100, undefined, []])
  })

  it.each(['deepseek', 'mistral', 'qwen'])('goes to %s under its older name', (vendor) => {
    const { body } = chat(vendor, 'm', { max_completion_tokens: 100 })
    expect([body['max_tokens'], body['max_completion_tokens']]).toEqual([100, undefined])
  })
})

describe('an effort', () => {
  it.each([
    ['openai', 'o3', 'minimal', 'low'],
    ['openai', 'o3', 'xhigh', 'high'],
    ['openai', 'gpt-5', 'none', 'minimal'],
    ['openai', 'gpt-5.1', 'minimal', 'low'],
    ['openai', 'gpt-5-pro', 'low', 'high'],
    ['openai', 'gpt-5.1-codex-max', 'xhigh', 'xhigh'],
    ['openai', 'gpt-5.2-codex', 'none', 'low'],
    ['xai', 'grok-3-mini', 'medium', 'high'],
    ['xai', 'grok-3-mini', 'none', 'low'],
    ['groq', 'qwen/qwen3-32b', 'high', 'default'],
    ['mistral', 'mistral-medium-3.5', 'low', 'high'],
    ['openai', 'o3', '__proto__', '__proto__'],
  ])('that %s’s %s does not know, %s, becomes %s', (vendor, model, asked, given) => {
    expect(chat(vendor, model, { reasoning_effort: asked }).body['reasoning_effort']).toBe(given)
  })
})

describe('a whole answer of a model that thinks in streams alone', () => {
  it.each<[string, Partial<ChatCompletionCreateParams>]>([
    ['qwen3-32b', {}],
    ['qwen3-0.6b', {}],
    ['qwen3-32b', { reasoning_effort: 'high' }],
    ['qwen-plus', { enable_thinking: true }],
    ['qwen3-next-80b-a3b-thinking', {}],
    ['qwq-plus', {}],
    ['qwen-omni-turbo', {}],
  ])('is asked of %s as a stream, with its usage: %j', (model, params) => {
    const { body } = chat('qwen', model, params)
    expect(body).toMatchObject({ stream: true, stream_options: { include_usage: true } })
  })

  it.each<[string, Partial<ChatCompletionCreateParams>]>([
    ['qwen3-32b', { enable_thinking: false }],
    ['qwen3-32b', { reasoning_effort: 'none' }],
    ['qwen3-32b', json],
    ['qwen-plus', {}],
    ['qwen3-30b-a3b-instruct-2507', {}],
    ['qwen3-coder-480b-a35b-instruct', {}],
  ])('is asked of %s whole where it does not think: %j', (model, params) => {
    const { body } = chat('qwen', model, params)
    expect([body['stream'], body['enable_thinking'] ?? false]).toEqual([undefined, false])
  })
})

describe('choices', () => {
  const most = (vendor: string, model: string, params: Partial<ChatCompletionCreateParams> = {}) =>
    spec(vendor).chat!.maxChoicesFor?.({ model: 'smart', messages: [], ...params }, { model })

  it('are as many in a request as the model gives', () => {
    expect(most('moonshot', 'kimi-k2.6')).toBe(1)
    expect(most('moonshot', 'moonshot-v1-8k')).toBe(5)
    expect(most('moonshot', 'moonshot-v1-8k', { temperature: 0 })).toBe(1)
    expect(most('qwen', 'qwen-max')).toBe(1)
    expect(most('openai', 'gpt-5')).toBeUndefined()
  })
})

describe('a schema', () => {
  it.each([
    ['groq', 'llama-3.3-70b-versatile'],
    ['openai', 'gpt-4-turbo'],
    ['deepseek', 'deepseek-chat'],
  ])('is told in words to %s’s %s', (vendor, model) => {
    const { body } = chat(vendor, model, json)
    expect(body['response_format']).toEqual({ type: 'json_object' })
    expect(body['messages']).toHaveLength(2)
  })
})

describe('a vendor’s own Responses API', () => {
  const responses = (vendor: string, model: string, extra: Partial<ResponseCreateParams>) => {
    const params = { model: 'smart', input: 'hi', ...extra } as ResponseCreateParams
    return sent(params, spec(vendor).responses!.encode(params, { model, stream: false }))
  }

  it('is not sent what the model refuses', () => {
    const { body, drops } = responses('openai', 'o3', { temperature: 0.3, top_p: 0.9 })
    expect(body).toEqual({ model: 'o3', input: 'hi' })
    expect(drops).toEqual(['temperature', 'top_p'])
  })

  it('is not told how much to think where that is fixed, and in words that are known elsewhere', () => {
    const reasoning = { effort: 'minimal', summary: 'auto' }
    const fixed = responses('xai', 'grok-4', { reasoning })
    expect(fixed.body['reasoning']).toEqual({ summary: 'auto' })
    expect(fixed.drops).toEqual(['reasoning.effort'])
    expect(responses('openai', 'o3', { reasoning }).body['reasoning']).toEqual({
      ...reasoning,
      effort: 'low',
    })
  })

  it('is sent the rest as it came', () => {
    const { body, drops } = responses('openai', 'gpt-4o', { temperature: 0.3 })
    expect(body).toEqual({ model: 'gpt-4o', input: 'hi', temperature: 0.3 })
    expect(drops).toEqual([])
  })
})

describe('a picture', () => {
  const picture = (model: string, extra: object) => {
    const params = { model, prompt: 'a cat', ...extra }
    return sent(
      params,
      spec('openai').operations!['images.generate']!.encode(params, { model, stream: false }),
    )
  }

  it.each([
    ['gpt-image-1', { response_format: 'url', style: 'vivid' }],
    ['dall-e-3', { background: 'transparent', output_format: 'webp' }],
    ['dall-e-2', { quality: 'hd' }],
  ])('is asked of %s without what it refuses, which is said: %j', (model, refused) => {
    const { body, drops } = picture(model, { ...refused, size: '1024x1024' })
    expect(body).toEqual({ model, prompt: 'a cat', size: '1024x1024' })
    expect(drops).toEqual(Object.keys(refused))
  })

  it('comes as data where that is the only way, so that nothing is lost', () => {
    const { body, drops } = picture('gpt-image-1', { response_format: 'b64_json' })
    expect([body, drops]).toEqual([{ model: 'gpt-image-1', prompt: 'a cat' }, []])
    expect(picture('dall-e-3', { response_format: 'url' }).body).toMatchObject({
      response_format: 'url',
    })
  })
})

describe('inputs of a request for embeddings', () => {
  it.each([
    ['qwen', 'text-embedding-v4', 10],
    ['qwen', 'text-embedding-v2', 25],
    ['gemini', 'gemini-embedding-001', 100],
    ['openai', 'text-embedding-3-small', 2048],
    ['mistral', 'mistral-embed', 32],
    ['vllm', 'any', undefined],
  ])('of %s’s %s are at most %s', (vendor, model, most) => {
    const params: EmbeddingCreateParams = { model, input: 'a' }
    expect(spec(vendor).embeddings!.maxInputs?.(params.model)).toBe(most)
  })
})

describe('open models elsewhere', () => {
  const call = {
    id: 'call_0123456789',
    type: 'function' as const,
    function: { name: 'f', arguments: '{}' },
  }
  const messages = [
    { role: 'user', content: 'a' },
    { role: 'assistant', content: null, tool_calls: [call] },
    { role: 'tool', tool_call_id: call.id, content: 'b' },
    { role: 'user', content: 'c' },
  ] as const

  it.each([
    ['openrouter', 'mistralai/mistral-large-2512'],
    ['vllm', 'mistralai/Mistral-Small-4-119B-2603'],
    ['vllm', 'open-mixtral-8x7b'],
  ])('get at %s, such as %s, a conversation as their templates want it', (vendor, model) => {
    const { body } = chat(vendor, model, { messages })
    const roles = (body['messages'] as { role: string; tool_call_id?: string }[]).map(
      ({ role }) => role,
    )
    expect(roles).toEqual(['user', 'assistant', 'tool', 'assistant', 'user'])
    expect((body['messages'] as { tool_call_id?: string }[])[2]!.tool_call_id).toMatch(
      /^[a-zA-Z0-9]{9}$/,
    )
  })

  it('get it as it came where they do not mind', () => {
    expect(chat('openrouter', 'openai/gpt-5', { messages }).body['messages']).toBe(messages)
  })
})
