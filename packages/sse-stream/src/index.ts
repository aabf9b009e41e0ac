export { accumulate } from './operators/accumulate.ts'
export type { ResponseOperator } from './operators/internal/response-operator.ts'
export { byLine, type ByLineOptions } from './operators/by-line.ts'
export { bySentence, type BySentenceOptions } from './operators/by-sentence.ts'
export type { ChatBatch } from './operators/internal/chat-batch.ts'
export type { ChoiceOptions } from './operators/internal/choice-options.ts'
export { coalesce, type CoalesceOptions } from './operators/coalesce.ts'
export { collectToolCalls } from './operators/collect-tool-calls.ts'
export { eachChunk } from './operators/each-chunk.ts'
export { estimateTokens } from './operators/estimate-tokens.ts'
export { failIfTruncated } from './operators/fail-if-truncated.ts'
export {
  fromAsyncIterable,
  type FromAsyncIterableOptions,
} from './operators/from-async-iterable.ts'
export { fromEvents, type FromEventsOptions } from './operators/from-events.ts'
export {
  interceptResponses,
  type InterceptResponsesOptions,
} from './operators/intercept-responses.ts'
export { limitTokens, type LimitTokensOptions } from './operators/limit-tokens.ts'
export { meterUsage, type MeteredUsage, type MeterUsageOptions } from './operators/meter-usage.ts'
export { partialJson, type PartialJson } from './operators/partial-json.ts'
export { pickReasoning } from './operators/pick-reasoning.ts'
export { pickText } from './operators/pick-text.ts'
export { redact } from './operators/redact.ts'
export { redactCall, redactParams } from './operators/redact-params.ts'
export { redactValue } from './operators/redact-value.ts'
export {
  RedactionVault,
  type RedactionVaultOptions,
} from './operators/redaction/redaction-vault.ts'
export type { RedactOptions } from './operators/redaction/redactor.ts'
export type { PatternList, PatternsInput } from './operators/redaction/bounded-pattern.ts'
export { reidentify } from './operators/reidentify.ts'
export {
  shareReplayed,
  type SharedResponse,
  type ShareReplayedOptions,
} from './operators/share-replayed.ts'
export { smooth, type SmoothOptions } from './operators/smooth.ts'
export { splitReasoning, type SplitReasoningOptions } from './operators/split-reasoning.ts'
export { stopAt, type StopAtOptions } from './operators/stop-at.ts'
export { toAsyncIterable, type ToAsyncIterableOptions } from './operators/to-async-iterable.ts'
export { toChunks, type ToChunksOptions } from './operators/to-chunks.ts'
export { toReadableStream, type ToReadableStreamOptions } from './operators/to-readable-stream.ts'
export { toSse } from './operators/to-sse.ts'
