/**
 * Bytes to events to chunks, for the packages beside this one. It follows no semantic versioning.
 */
export { BinaryBatch } from './batch/binary-batch.ts'
export { CompletionAccumulator } from './chat/completion-accumulator.ts'
export { ChunkAssembler, type ChatEnvelope } from './chat/chunk-assembler.ts'
export type {
  ChatDecoder,
  ChatDelta,
  VendorDelta,
  VendorToolCallDelta,
} from './chat/chat-decoder.ts'
export { ChatStreamDecoder, type ChatStreamDecoderOptions } from './chat/chat-stream-decoder.ts'
export { EventTemplate, type CopiedString } from './template/event-template.ts'
export { completionChunks } from './batch/completion-chunks.ts'
export { ContentAccumulator } from './response-form/content-accumulator.ts'
export { DocumentBatch } from './batch/document-batch.ts'
export { ChunkBatch, encodeFrame, EventBatch } from './batch/event-batch.ts'
export { EventSplitter, EventTooLargeError } from './sse/event-splitter.ts'
export { concatBytes, totalLength } from './bytes/concat.ts'
export { KnownEvents } from './chat/known-events/known-events.ts'
export { MessageAccumulator } from './response-form/message-accumulator.ts'
export { mergeCounts } from './usage/merge-usage.ts'
export { countOf, normalizeUsage } from './usage/normalize-usage.ts'
export { parseEvent, type ServerSentEvent } from './sse/parse-event.ts'
export { parseVendorJson } from './bytes/parse-vendor-json.ts'
export { BufferPool } from './bytes/buffer-pool.ts'
export { TickBatcher, type TickReader } from './bytes/tick-batcher.ts'
export { encodeTypedFrame, TypedEventBatch, type TypedEvent } from './batch/typed-event-batch.ts'
export { learnRunningTemplate } from './template/learn-running-template.ts'
