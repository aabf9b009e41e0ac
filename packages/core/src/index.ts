export { ApiError, type ApiErrorOptions } from './api-error.ts'
export { byteLengthOf, type Batch, type Loan } from './batch.ts'
export {
  bodyBytesOf,
  call,
  createRequestId,
  withCall,
  type AnyCall,
  type Call,
  type CallOptions,
  type CallReport,
  type ErrorContext,
  type ErrorListener,
} from './call.ts'
export { checkOptions, option, type OptionRule } from './check-options.ts'
export { systemClock, type Clock, type Timer } from './clock.ts'
export { compose } from './compose.ts'
export { ConfigError } from './config-error.ts'
export { draftResponse, type ResponseEnvelope } from './draft-response.ts'
export { errorCodes, type ErrorCode, type ErrorType } from './error-codes.ts'
export { exchangeOf, type Exchange } from './exchange.ts'
export { FailureTeller } from './failure-teller.ts'
export { feature, type Feature } from './feature.ts'
export { markOwn } from './foreign-interceptor.ts'
export { createGate, type Gate } from './gate.ts'
export { guardObserver } from './guard-observer.ts'
export type { Handler } from './handler.ts'
export { disown, isPromiseLike, tellHost } from './host-callback.ts'
export { idempotencyKey, withIdempotencyPart } from './idempotency-key.ts'
export { phases, type Interceptor, type Phase } from './interceptor.ts'
export type { Middleware } from './middleware.ts'
export type { Chunk, Document, Operation, Operations, Params } from './operation.ts'
export { assertCall, assertCalled, markFactory, markHandler, markPart, partKind, type PartKind } from './part-kind.ts'
export { modelNotFound } from './model-rights.ts'
export { mayUseModel, type Principal } from './principal.ts'
export { queuedClock } from './queued-clock.ts'
export { randomHex } from './random-hex.ts'
export type { ResponseStore, StoredResponse } from './response-store.ts'
export { beginRing, putLast, takeOut, type RingMember } from './ring.ts'
export { findString, isAscii, scanMembers, skipString, skipValue } from './scan-json.ts'
export { scrubSecrets } from './scrub-secrets.ts'
export { headerText, isFreeHeader, sendError, varyByKey } from './send-error.ts'
export { Stage } from './stage.ts'
export { wordTable } from './word-table.ts'
export type {
  ChatCompletionContentPart,
  ChatCompletionCreateParams,
  ChatCompletionMessageParam,
  ChatCompletionMessageToolCall,
  ChatCompletionTool,
  ChatCompletionToolChoiceOption,
  ResponseFormat,
} from './wire/chat-completion-params.ts'
export type {
  ChatCompletionChunk,
  ChatCompletionChunkChoice,
  ChatCompletionDelta,
  ToolCallDelta,
} from './wire/chat-completion-chunk.ts'
export type {
  Annotation,
  ChatCompletion,
  ChatCompletionChoice,
  ChatCompletionMessage,
  ChoiceLogprobs,
  FinishReason,
  TokenLogprob,
} from './wire/chat-completion.ts'
export type { CompletionUsage } from './wire/completion-usage.ts'
export type {
  SpeechCreateParams,
  SpeechStreamEvent,
  Transcription,
  TranscriptionCreateParams,
  TranscriptionStreamEvent,
} from './wire/audio.ts'
export type { CreateEmbeddingResponse, Embedding, EmbeddingCreateParams } from './wire/embedding.ts'
export type { ErrorObject } from './wire/error-object.ts'
export type {
  Image,
  ImageEditParams,
  ImageGenerateParams,
  ImagesResponse,
  ImageStreamEvent,
  ImageVariationParams,
} from './wire/image.ts'
export type { Model, ModelsPage } from './wire/model.ts'
export type { ModerationCreateParams, ModerationCreateResponse } from './wire/moderation.ts'
export type {
  Response,
  ResponseCreateParams,
  ResponseItem,
  ResponseStreamEvent,
  ResponseUsage,
} from './wire/response.ts'
export type { Completion, CompletionChoice, CompletionCreateParams } from './wire/text-completion.ts'
export type { UploadedFile } from './wire/uploaded-file.ts'
