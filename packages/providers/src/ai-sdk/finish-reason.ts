import type { FinishReason } from '@sluice/core/wire'
import { readFinish } from '../vendor-spec/finish-words.ts'

/** The SDK's own words. */
const OWN: ReadonlySet<unknown> = new Set(['stop', 'length', 'content-filter', 'tool-calls'])

/**
 * Why an answer ended: a word in the SDK's v2, a word and the vendor's own since v3. What is not
 * listed ends as `stop`, with the word kept.
 */
export function decodeFinish(reason: unknown): {
  finishReason: FinishReason
  choiceFields?: { native_finish_reason: string }
} {
  const { unified, raw } = wordsOf(reason)
  const known = meaningOf(unified)
  if (OWN.has(unified)) return { finishReason: known ?? 'stop' }
  // The SDK's `other` says less than the vendor.
  return {
    finishReason: known === undefined || known === 'stop' ? (meaningOf(raw) ?? 'stop') : known,
    choiceFields: { native_finish_reason: typeof raw === 'string' ? raw : String(unified) },
  }
}

/** Whether an answer did not end but fail. */
export function isFailure(reason: unknown): boolean {
  const { unified, raw } = wordsOf(reason)
  if (OWN.has(unified)) return false
  return readFinish(unified)?.meaning === 'failed' || readFinish(raw)?.meaning === 'failed'
}

function meaningOf(word: unknown): FinishReason | undefined {
  const meaning = readFinish(word)?.meaning
  return meaning === 'failed' ? undefined : meaning
}

function wordsOf(reason: unknown): { readonly unified?: unknown; readonly raw?: unknown } {
  return typeof reason === 'object' ? (reason ?? {}) : { unified: reason }
}
