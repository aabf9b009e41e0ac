import type { OperatorFunction } from 'rxjs'
import type { ChatBatch } from './chat-batch.ts'
import { choiceOf, type ChoiceOptions } from './choice-options.ts'
import { operate } from './operate.ts'

/**
 * The model's thoughts (`reasoning_content`) as they grow: one string per batch that has any. Where a model thinks
 * inside its text, put `splitReasoning` before it.
 *
 * @throws ConfigError `ERR_SSE_STREAM_OPTIONS`
 */
export function pickReasoning(options: ChoiceOptions = {}): OperatorFunction<ChatBatch, string> {
  const index = choiceOf('pickReasoning', options)
  return operate<ChatBatch, string>((subscriber) => ({
    next(batch) {
      let text = ''
      for (const { choices } of batch.chunks()) {
        for (const choice of choices) if (choice.index === index) text += choice.delta.reasoning_content ?? ''
      }
      if (text !== '') subscriber.next(text)
    },
  }))
}
