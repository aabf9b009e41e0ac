import type { Batch } from '@sluice/core'
import type { OperatorFunction } from 'rxjs'
import { SaidReader } from '../response-form/said-reader.ts'
import { choiceOf, type ChoiceOptions } from './internal/choice-options.ts'
import { operate } from './internal/operate.ts'

/**
 * The model's thoughts as they grow: one string per batch that has any. In a chat they are its
 * `reasoning_content`, in a response the texts of its reasoning. Where a model thinks inside its
 * text, put `splitReasoning` before it.
 *
 * @throws ConfigError `ERR_SSE_STREAM_OPTIONS`
 */
export function pickReasoning(options: ChoiceOptions = {}): OperatorFunction<Batch, string> {
  const index = choiceOf('pickReasoning', options)
  return operate<Batch, string>((subscriber) => {
    const reader = new SaidReader()
    return {
      next(batch) {
        let text = ''
        for (const { choices } of reader.read(batch)) {
          for (const choice of choices)
            if (choice.index === index) text += choice.delta.reasoning_content ?? ''
        }
        if (text !== '') subscriber.next(text)
      },
    }
  })
}
