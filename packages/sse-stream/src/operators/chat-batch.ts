import type { Batch, ChatCompletion, ChatCompletionChunk } from '@sluice/core'

/** What a chat answer is made of; the operators take and give these. */
export type ChatBatch = Batch<ChatCompletionChunk, ChatCompletion>
