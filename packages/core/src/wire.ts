/** OpenAI's own objects, as they stand in bodies, with the names of OpenAI's own library. */
export type {
  ChatCompletionContentPart,
  ChatCompletionCreateParams,
  ChatCompletionCustomTool,
  ChatCompletionFunctionTool,
  ChatCompletionMessageCustomToolCall,
  ChatCompletionMessageFunctionToolCall,
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
  ResponseTokensCount,
  ResponseUsage,
} from './wire/response.ts'
export type {
  Completion,
  CompletionChoice,
  CompletionCreateParams,
} from './wire/text-completion.ts'
export type { UploadedFile } from './wire/uploaded-file.ts'
export type {
  ContentBlock,
  Message,
  MessageCountTokensParams,
  MessageCreateParams,
  MessageParam,
  MessageStreamEvent,
  MessageTokensCount,
  MessageUsage,
} from './wire/message.ts'
export type {
  Candidate,
  Content,
  ContentPart,
  CountTokensParams,
  CountTokensResponse,
  GenerateContentParams,
  GenerateContentResponse,
  GenerateContentUsage,
} from './wire/generate-content.ts'
export type { Dialect } from './wire/dialect.ts'
