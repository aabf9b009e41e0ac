import type { Batch } from '@sluice/core'
import type { OperatorFunction } from 'rxjs'
import { SaidReader } from '../response-form/said-reader.ts'
import { choiceOf, type ChoiceOptions } from './internal/choice-options.ts'
import { operate } from './internal/operate.ts'

/**
 * The text of the answer as it grows: one string per batch that has any. For the first choice
 * nothing is parsed where the shape of the events is known.
 *
 * @throws ConfigError `ERR_SSE_STREAM_OPTIONS`
 * @example handler(call).pipe(pickText()).subscribe((text) => process.stdout.write(text))
 */
export function pickText(options: ChoiceOptions = {}): OperatorFunction<Batch, string> {
  const index = choiceOf('pickText', options)
  return operate<Batch, string>((subscriber) => ({
    next(batch) {
      const text = index === 0 ? batch.text() : textOf(batch, index)
      if (text !== '') subscriber.next(text)
    },
  }))
}

function textOf(batch: Batch, index: number): string {
  let text = ''
  for (const { choices } of new SaidReader().read(batch)) {
    for (const choice of choices) if (choice.index === index) text += choice.delta.content ?? ''
  }
  return text
}
