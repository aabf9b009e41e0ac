/** What snippets may take for given: the app of the host, and what only a reader has. */
import type { ChatCompletionMessageParam } from '@sluice/core/wire'
import type { fromAiSdk, fromAiSdkEmbedding } from '@sluice/providers/ai-sdk'
import type { Express } from 'express'

declare global {
  const app: Express
  const apiKey: string
  const keys: readonly string[]
  const messages: readonly ChatCompletionMessageParam[]
  const model: string
  const url: string
  const init: RequestInit
  const db: { findKeyByHash(hash: string): Promise<{ id: string; tenant: string } | undefined> }
  function bedrock(model: string): Parameters<typeof fromAiSdk>[0]
  const cohere: { embeddingModel(name: string): Parameters<typeof fromAiSdkEmbedding>[0] }
  function speak(text: string): void
  function report(error: unknown): void
}
