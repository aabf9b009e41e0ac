import { estimateContentTokens } from '@sluice/providers/internal'
import { DocumentBatch } from '@sluice/sse-stream/internal'
import type { DemoHandler } from './answerer.ts'
import { oneBatch } from './one-batch.ts'

/** Answers `:countTokens` with an estimate: the demo has no vocabulary. */
export const answerCountTokens: DemoHandler<'models.countTokens'> = ({ params, gate }) => {
  const value = { totalTokens: estimateContentTokens(params) }
  return oneBatch(gate, new DocumentBatch({ value }, gate))
}
