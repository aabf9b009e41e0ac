import { wordTable, type FinishReason } from '@sluice/core'

const REASONS = wordTable<FinishReason>({
  stop: 'stop',
  length: 'length',
  'content-filter': 'content_filter',
  'tool-calls': 'tool_calls',
})

/** Why an answer ended: a word in the SDK's v2, a word and the vendor's own since v3. What is not listed ends as `stop`, with the word kept. */
export function decodeFinish(reason: unknown): {
  finishReason: FinishReason
  choiceFields?: { native_finish_reason: string }
} {
  const { unified, raw } = wordsOf(reason)
  const known = REASONS.get(String(unified))
  if (known !== undefined) return { finishReason: known }
  return {
    finishReason: 'stop',
    choiceFields: { native_finish_reason: typeof raw === 'string' ? raw : String(unified) },
  }
}

/** Whether an answer did not end but fail. */
export function isFailure(reason: unknown): boolean {
  return wordsOf(reason).unified === 'error'
}

function wordsOf(reason: unknown): { readonly unified?: unknown; readonly raw?: unknown } {
  return typeof reason === 'object' ? (reason ?? {}) : { unified: reason }
}
