import type { ChatCompletionChunk } from '../wire/chat-completion-chunk.ts'
import type { ChatCompletionCreateParams } from '../wire/chat-completion-params.ts'
import type { ChatCompletion } from '../wire/chat-completion.ts'
import type {
  SpeechCreateParams,
  SpeechStreamEvent,
  Transcription,
  TranscriptionCreateParams,
  TranscriptionStreamEvent,
} from '../wire/audio.ts'
import type { CreateEmbeddingResponse, EmbeddingCreateParams } from '../wire/embedding.ts'
import type {
  ImageEditParams,
  ImageGenerateParams,
  ImagesResponse,
  ImageStreamEvent,
  ImageVariationParams,
} from '../wire/image.ts'
import type {
  CountTokensParams,
  CountTokensResponse,
  GenerateContentParams,
  GenerateContentResponse,
} from '../wire/generate-content.ts'
import type {
  Message,
  MessageCountTokensParams,
  MessageCreateParams,
  MessageStreamEvent,
  MessageTokensCount,
} from '../wire/message.ts'
import type { Model, ModelsPage } from '../wire/model.ts'
import type { ModerationCreateParams, ModerationCreateResponse } from '../wire/moderation.ts'
import type {
  Response,
  ResponseCreateParams,
  ResponseStreamEvent,
  ResponseTokensCount,
} from '../wire/response.ts'
import type { Completion, CompletionCreateParams } from '../wire/text-completion.ts'

/**
 * What can be asked of a handler: params, what a streamed answer is made of, and the whole answer.
 * Named as openai-node names its methods; `messages` as Anthropic's library does, and
 * `models.generateContent` as Google's.
 */
export interface Operations {
  'chat.completions': {
    params: ChatCompletionCreateParams
    chunk: ChatCompletionChunk
    document: ChatCompletion
  }
  completions: { params: CompletionCreateParams; chunk: Completion; document: Completion }
  embeddings: { params: EmbeddingCreateParams; chunk: never; document: CreateEmbeddingResponse }
  'images.generate': {
    params: ImageGenerateParams
    chunk: ImageStreamEvent
    document: ImagesResponse
  }
  'images.edit': { params: ImageEditParams; chunk: ImageStreamEvent; document: ImagesResponse }
  'images.createVariation': { params: ImageVariationParams; chunk: never; document: ImagesResponse }
  'audio.transcriptions': {
    params: TranscriptionCreateParams
    chunk: TranscriptionStreamEvent
    document: Transcription
  }
  'audio.translations': { params: TranscriptionCreateParams; chunk: never; document: Transcription }
  'audio.speech': { params: SpeechCreateParams; chunk: SpeechStreamEvent; document: never }
  moderations: { params: ModerationCreateParams; chunk: never; document: ModerationCreateResponse }
  'responses.create': {
    params: ResponseCreateParams
    chunk: ResponseStreamEvent
    document: Response
  }
  'responses.inputTokens': {
    params: ResponseCreateParams
    chunk: never
    document: ResponseTokensCount
  }
  'messages.create': {
    params: MessageCreateParams
    chunk: MessageStreamEvent
    document: Message
  }
  'messages.countTokens': {
    params: MessageCountTokensParams
    chunk: never
    document: MessageTokensCount
  }
  'models.generateContent': {
    params: GenerateContentParams
    chunk: GenerateContentResponse
    document: GenerateContentResponse
  }
  'models.countTokens': { params: CountTokensParams; chunk: never; document: CountTokensResponse }
  'models.list': { params: Record<string, never>; chunk: never; document: ModelsPage }
  'models.retrieve': { params: { model: string }; chunk: never; document: Model }
}

/** The name of an operation. */
export type Operation = keyof Operations

const NAMES: { readonly [O in Operation]: true } = {
  'chat.completions': true,
  completions: true,
  embeddings: true,
  'images.generate': true,
  'images.edit': true,
  'images.createVariation': true,
  'audio.transcriptions': true,
  'audio.translations': true,
  'audio.speech': true,
  moderations: true,
  'responses.create': true,
  'responses.inputTokens': true,
  'messages.create': true,
  'messages.countTokens': true,
  'models.generateContent': true,
  'models.countTokens': true,
  'models.list': true,
  'models.retrieve': true,
}

/** The names of all operations. */
export const operations: ReadonlySet<string> = new Set(Object.keys(NAMES))
/** The request body of an operation. */
export type Params<O extends Operation> = Operations[O]['params']
/** One event of an operation's streamed answer; `never` where it has none. */
export type Chunk<O extends Operation> = Operations[O]['chunk']
/** The whole answer of an operation. */
export type Document<O extends Operation> = Operations[O]['document']
