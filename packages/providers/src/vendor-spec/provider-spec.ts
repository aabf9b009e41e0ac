import type { FileInJson } from './file-in-json.ts'
import type { ChatDecoder, ChatDelta } from '@sluice/sse-stream/internal'
import type { Document, Operation, Params } from '@sluice/core'
import type {
  ChatCompletion,
  ChatCompletionCreateParams,
  CountTokensParams,
  CreateEmbeddingResponse,
  EmbeddingCreateParams,
  GenerateContentParams,
  Model,
  ResponseCreateParams,
  UploadedFile,
} from '@sluice/core/wire'

/** What a dialect knows beside the params when it writes a request. */
export interface EncodeContext {
  /** The model as the upstream knows it. */
  readonly model: string
  /** Whether a stream is asked for. */
  readonly stream: boolean
  /** Unix time, when an answer is read. */
  readonly nowSeconds?: number
}

/** A request in the vendor's own terms. */
export interface EncodedRequest {
  readonly method?: 'GET' | 'POST'
  /** Path behind the base URL, names in it encoded: `/chat/completions`. */
  readonly path: string
  /**
   * The body, or what differs from the client's own: then the client's bytes can go on with only
   * that changed.
   */
  readonly body?: unknown
  readonly patch?: {
    readonly set: Readonly<Record<string, unknown>>
    readonly unset: readonly string[]
  }
  /** The files that `body` holds. */
  readonly files?: readonly FileInJson[]
  /**
   * The body as a form (`multipart/form-data`) instead of JSON. Files are read while it is sent.
   */
  readonly form?: readonly FormPart[]
  readonly headers?: Readonly<Record<string, string>>
  /**
   * What of this very request the vendor cannot carry, beside the dialect's `drops`:
   * `messages.name`.
   */
  readonly drops?: readonly string[]
  /**
   * Where a JSON Schema was loosened because the vendor knows only part of the standard:
   * `get_weather: pattern`. Shown in `x-sluice-weakened-schema`.
   */
  readonly relaxedSchemas?: readonly string[]
}

/** One part of a form: a text, or a file. */
export interface FormPart {
  readonly name: string
  readonly value: string | UploadedFile
}

/** How a vendor speaks chat. All functions are pure; a decoder's state is its own. */
export interface ChatDialect {
  encode(params: ChatCompletionCreateParams, context: EncodeContext): EncodedRequest
  /** Reads a streamed answer. */
  decoder(params: ChatCompletionCreateParams, context: EncodeContext): ChatDecoder
  /**
   * Reads a whole response into the same deltas. One in OpenAI's own form need not be: see
   * `complete`.
   */
  decode(
    document: unknown,
    params: ChatCompletionCreateParams,
    context: EncodeContext,
  ): readonly ChatDelta[]
  /**
   * Returns a whole response by OpenAI's rules without reading it into deltas: the same object where
   * it keeps them all, so that its bytes can be sent on, or a copy with what little is missing;
   * `undefined` where it takes more than that.
   */
  complete?(document: unknown): ChatCompletion | undefined
  /**
   * Params that the vendor cannot carry. They are left out, listed in `x-sluice-dropped-params`, or
   * refused with `strictParams`.
   */
  readonly unsupportedParams: readonly string[]
  /**
   * Choices that one request can give; more are made by several requests. Absent: as many as asked
   * for.
   */
  readonly maxChoices?: number
  /**
   * Whether a tool's message may hold pictures and files. Absent: text only, and Responses over
   * chat puts the rest into a message of the user's.
   */
  readonly toolMedia?: boolean
  /**
   * Whether `web_search_options` makes the model search. Absent: Responses over chat leaves its web
   * search out.
   */
  readonly webSearch?: boolean
  /** Whether tools of the type `custom` are known. Absent: functions stand in for them. */
  readonly customTools?: boolean
  /** The choices that one request of these params can give, where models differ in it. */
  maxChoicesFor?(
    params: ChatCompletionCreateParams,
    context: { readonly model: string },
  ): number | undefined
}

/** How a vendor speaks embeddings. */
export interface EmbeddingsDialect {
  /**
   * Inputs that one request of a model can hold; more are embedded by several requests. Absent or
   * `undefined`: any number.
   */
  maxInputs?(model: string): number | undefined
  encode(params: EmbeddingCreateParams, context: EncodeContext): EncodedRequest
  decode(
    document: unknown,
    params: EmbeddingCreateParams,
    context: EncodeContext,
  ): CreateEmbeddingResponse
  readonly drops: readonly string[]
}

/** How a vendor does any other operation that is one JSON request and one JSON answer. */
export interface DocumentDialect<O extends Operation> {
  encode(params: Params<O>, context: EncodeContext): EncodedRequest
  decode(document: unknown, params: Params<O>, context: EncodeContext): Document<O>
  readonly drops: readonly string[]
}

/** How a vendor does one of the operations beside chat and embeddings. */
export interface OperationDialect<O extends Operation> extends DocumentDialect<O> {
  /** Whether a stream that is asked for comes as one; else it is made of the whole answer. */
  readonly streams?: boolean
  /**
   * For vendors that only take orders: the question whether it is done, made of the answer to the
   * order or to the last question; `undefined` when that is the last. Throws an `ApiError` where
   * the vendor gave up.
   */
  poll?(document: unknown): EncodedRequest | undefined
}

/** How a vendor that has the Responses API itself is asked. Its answers are taken as they are. */
export interface ResponsesDialect {
  /**
   * Whether functions are the only tools of a client's that it knows. Requests with other kinds, in
   * tools or in the history, go over its chat then.
   */
  readonly onlyFunctions?: boolean
  /** Where tokens are counted; absent where they are estimated. */
  readonly countPath?: string
  encode(params: ResponseCreateParams, context: EncodeContext): EncodedRequest
}

/**
 * How a vendor that speaks Gemini's own API is asked. Its answers are taken as they are; model and
 * stream, which the params hold beside the body, belong to the path.
 */
export interface GenerateContentDialect {
  encode(params: GenerateContentParams, context: EncodeContext): EncodedRequest
  encodeCountTokens(params: CountTokensParams, context: EncodeContext): EncodedRequest
}

/** How a vendor that has Anthropic's Messages API itself is asked. Bodies go on as they came. */
export interface MessagesDialect {
  /** `/v1/messages` */
  readonly path: string
  /** Where tokens are counted; absent where they are estimated. */
  readonly countPath?: string
}

/** The operations of which a spec may have an `OperationDialect`. */
export type OtherOperation = Exclude<
  Operation,
  | 'chat.completions'
  | 'embeddings'
  | 'messages.create'
  | 'messages.countTokens'
  | 'responses.inputTokens'
  | 'models.countTokens'
  | 'models.generateContent'
  | 'models.list'
  | 'models.retrieve'
  | 'responses.create'
>

/**
 * A vendor, as data and pure functions. It holds no fetch, clock, randomness or environment, and
 * names no other vendor.
 */
export interface ProviderSpec {
  /** Lower-case name, as in `x-sluice-provider`. */
  readonly id: string
  /** Public base URL; paths are appended to it. */
  readonly baseURL: string
  /** Headers that carry the key. */
  auth(apiKey: string): Readonly<Record<string, string>>
  /** Whether the vendor honors `Idempotency-Key`, so that the client's is passed on. */
  readonly idempotent?: boolean
  /** Further fixed headers, such as a version. */
  readonly headers?: Readonly<Record<string, string>>
  readonly chat?: ChatDialect
  readonly embeddings?: EmbeddingsDialect
  /** Absent where the vendor has no Responses API; its chat then stands in. */
  readonly responses?: ResponsesDialect
  /** Absent where the vendor does not speak Gemini's own API; its chat then stands in. */
  readonly generateContent?: GenerateContentDialect
  /** Absent where the vendor has no Messages API; its chat then stands in. */
  readonly messages?: MessagesDialect
  /** What else it does. `completions` that are missing here are given over chat. */
  readonly operations?: { readonly [O in OtherOperation]?: OperationDialect<O> }
  /**
   * The HTTP status that an error code of the vendor's stands for, where its transport says 200.
   */
  readonly errorStatuses?: Readonly<Record<string, number>>
  /** Models to list where nobody asks the upstream. */
  readonly models?: readonly Model[]
  /**
   * Path at which the vendor lists its models as `{ data: [{ id }] }`; absent where it has no such
   * list.
   */
  readonly listing?: string
}
