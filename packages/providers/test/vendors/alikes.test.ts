import {
  loadFixtures,
  providerLaws,
  type CreateProvider,
  type SpecUnderTest,
} from '@sluice/conformance'
import { describe, test } from 'vitest'
import { azureOpenAI } from '../../src/vendors/azure-openai.ts'
import { deepseek } from '../../src/vendors/deepseek.ts'
import { groq } from '../../src/vendors/groq.ts'
import { iflow } from '../../src/vendors/iflow.ts'
import { mistral } from '../../src/vendors/mistral.ts'
import { moonshot } from '../../src/vendors/moonshot.ts'
import { ollama } from '../../src/vendors/ollama.ts'
import { openrouter } from '../../src/vendors/openrouter.ts'
import { qwen } from '../../src/vendors/qwen.ts'
import { hostedRelay } from '../../src/vendors/hosted-relay.ts'
import { vllm } from '../../src/vendors/vllm.ts'
import { xai } from '../../src/vendors/xai.ts'
import { openai } from '../../src/vendors/openai.ts'

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
  hostedRelay,
  vllm,
  xai,
]

for (const create of alikes) {
  const { spec } = create
  const fixtures = loadFixtures(new URL(`../fixtures/${spec.id}`, import.meta.url))
  providerLaws({ spec, create, fixtures, runner: { test, describe } })
}
