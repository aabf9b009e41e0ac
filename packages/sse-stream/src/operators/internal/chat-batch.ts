import type { Batch } from '@sluice/core'
import type { ChatCompletion, ChatCompletionChunk } from '@sluice/core/wire'

/** What a chat answer is made of; the operators take and give these. */
export type ChatBatch = Batch<ChatCompletionChunk, ChatCompletion>
