import { loadFixtures, providerLaws, type CreateProvider, type SpecUnderTest } from '@sluice/conformance'
import { describe, test } from 'vitest'
import { azureOpenAI } from '../../src/alikes/azure-openai.ts'
import { deepseek } from '../../src/alikes/deepseek.ts'
import { groq } from '../../src/alikes/groq.ts'
import { iflow } from '../../src/alikes/iflow.ts'
import { mistral } from '../../src/alikes/mistral.ts'
import { moonshot } from '../../src/alikes/moonshot.ts'
import { ollama } from '../../src/alikes/ollama.ts'
import { openrouter } from '../../src/alikes/openrouter.ts'
import { qwen } from '../../src/alikes/qwen.ts'
import { relay } from '../../src/alikes/relay.ts'
import { vllm } from '../../src/alikes/vllm.ts'
import { xai } from '../../src/alikes/xai.ts'
import { openai } from '../../src/openai.ts'

const alikes: readonly (CreateProvider & { readonly spec: SpecUnderTest })[] = [
  openai,
  azureOpenAI,
  deepseek,
  groq,
  iflow,
  mistral,
  moonshot,
  ollama,
  openrouter,
  qwen,
  relay,
  vllm,
  xai,
]

for (const create of alikes) {
  const { spec } = create
  const fixtures = loadFixtures(new URL(`../fixtures/${spec.id}`, import.meta.url))
  providerLaws({ spec, create, fixtures, runner: { test, describe } })
}
