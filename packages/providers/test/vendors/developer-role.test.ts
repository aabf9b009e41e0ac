import type { ChatCompletionCreateParams } from '@sluice/core/wire'
import { anthropic } from '@sluice/providers/anthropic'
import { azureOpenAI } from '@sluice/providers/azure-openai'
import { deepseek } from '@sluice/providers/deepseek'
import { gemini } from '@sluice/providers/gemini'
import { groq } from '@sluice/providers/groq'
import { hostedRelay } from '@sluice/providers/hosted-relay'
import { iflow } from '@sluice/providers/iflow'
import { mistral } from '@sluice/providers/mistral'
import { moonshot } from '@sluice/providers/moonshot'
import { ollama } from '@sluice/providers/ollama'
import { openai } from '@sluice/providers/openai'
import { openrouter } from '@sluice/providers/openrouter'
import { qwen } from '@sluice/providers/qwen'
import { vllm } from '@sluice/providers/vllm'
import { xai } from '@sluice/providers/xai'
import { describe, expect, it } from 'vitest'

const params: ChatCompletionCreateParams = {
  model: 'm',
  messages: [
    { role: 'developer', content: 'Be brief.' },
    { role: 'user', content: 'Hi' },
  ],
}
const sent = ({ spec }: { readonly spec: typeof openai.spec }): string => {
  const encoded = spec.chat!.encode(params, { model: 'm', stream: false })
  return JSON.stringify(encoded.body ?? { ...params, ...encoded.patch!.set })
}

describe('instructions of a developer', () => {
  it.each(
    Object.entries({
      anthropic,
      deepseek,
      gemini,
      groq,
      hostedRelay,
      iflow,
      mistral,
      moonshot,
      ollama,
      qwen,
      vllm,
      xai,
    }),
  )('are those of the system for %s', (_name, vendor) => {
    expect(sent(vendor)).toContain('Be brief.')
    expect(sent(vendor)).not.toContain('developer')
  })

  it.each(Object.entries({ azureOpenAI, openai, openrouter }))(
    'stay what they are for %s, which knows them',
    (_name, vendor) => {
      expect(sent(vendor)).toContain('developer')
    },
  )
})
