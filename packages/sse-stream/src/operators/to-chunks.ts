import { checkOptions, createGate, option, type Gate } from '@sluice/core'
import type { ChatCompletion } from '@sluice/core/wire'
import type { OperatorFunction } from 'rxjs'
import { cannotOperate, formOfDocument } from '../response-form/response-form.ts'
import { completionChunks } from '../batch/completion-chunks.ts'
import { ChunkBatch } from '../batch/event-batch.ts'
import type { ChatBatch } from './internal/chat-batch.ts'
import { operate } from './internal/operate.ts'

/** How a whole answer is made a stream. */
export interface ToChunksOptions {
  /**
   * Whether the usage chunk is to be seen, as with `stream_options.include_usage`.
   * @defaultValue false
   */
  readonly includeUsage?: boolean | undefined
  /** Flow control of the call. @defaultValue a gate of its own, which nobody else holds */
  readonly gate?: Gate | undefined
}

/**
 * Gives a whole answer as the batches that a stream would have had: one with all that was said, one
 * with what it cost. The inverse of `accumulate` for chat; fails with a ConfigError,
 * `ERR_SSE_STREAM_OPERATION`, for anything else.
 *
 * @throws ConfigError `ERR_SSE_STREAM_OPTIONS`
 */
export function toChunks(
  options: ToChunksOptions = {},
): OperatorFunction<ChatCompletion, ChatBatch> {
  checkOptions('toChunks', 'ERR_SSE_STREAM_OPTIONS', options, {
    includeUsage: option.boolean,
    gate: option.object,
  })
  return operate<ChatCompletion, ChatBatch>((subscriber) => {
    const gate = options.gate ?? createGate()
    return {
      next(completion) {
        const form = formOfDocument(completion)
        if (form === 'completion' || !Array.isArray(completion.choices))
          throw cannotOperate('toChunks', form)
        const chunks = completionChunks(completion)
        const said = chunks.filter((chunk) => chunk.choices.length > 0)
        subscriber.next(new ChunkBatch(said, gate))
        const { usage } = completion
        if (usage === undefined) return
        subscriber.next(
          new ChunkBatch(
            options.includeUsage === true ? chunks.slice(said.length) : [],
            gate,
            usage,
          ),
        )
      },
    }
  })
}
