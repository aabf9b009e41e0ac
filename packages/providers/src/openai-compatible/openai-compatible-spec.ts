import type { ChatCompletionCreateParams, FinishReason, Model } from '@sluice/core/wire'
import type { OtherOperation } from '../vendor-spec/provider-spec.ts'

/** A JSON object whose members are not known. */
export type Json = Readonly<Record<string, unknown>>

/** How much a model is asked to think, the least first. */
export const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const

/** How a vendor, or some of its models, wants a chat request. */
export interface ChatRules {
  /** Params under another name: ours → theirs. */
  readonly renames?: Readonly<Record<string, string>>
  /** Values for params that the client left out. */
  readonly defaults?: Json
  /** The largest values that are taken; larger ones are lowered to them. */
  readonly maximums?: Readonly<Record<string, number>>
  /** Params that follow from others: what it gives is set, and left out where it is `undefined`. */
  readonly deriveParams?: (params: ChatCompletionCreateParams) => Json
  /** Params that cannot be carried. */
  readonly drops?: readonly string[]
  /** The only values that are taken; a param of another value is left out. */
  readonly allows?: Readonly<Record<string, readonly unknown[]>>
  /** The words for `reasoning_effort` that are known; another becomes the nearest of them. */
  readonly efforts?: readonly (typeof EFFORTS)[number][]
  readonly messages?: MessageRules
  /**
   * `instructed`: JSON is known but no schemas, so the schema is given to the model in words.
   * @defaultValue native
   */
  readonly jsonSchema?: 'native' | 'prompt'
  /** Choices that one request can give. @defaultValue as many as asked for */
  readonly maxChoices?: number
  /**
   * Answers come as streams alone; a whole one is put together of its stream.
   * @defaultValue false
   */
  readonly onlyStreams?: boolean
}

/**
 * What sets some of a vendor's models apart from its others. Rules of several that fit add up; of
 * what two say the later counts.
 */
export interface ModelRules extends ChatRules {
  /** The names of the models. */
  readonly models: RegExp
  /** Whether the rules hold for these params. @defaultValue for all */
  readonly when?: (params: ChatCompletionCreateParams, model: string) => boolean
  /** What sets some of these models apart: not looked at for others. */
  readonly among?: readonly ModelRules[]
}

/** What sets one OpenAI-alike apart from another. All of it is data or a pure function. */
export interface OpenAICompatibleSpec extends ChatRules {
  readonly id: string
  readonly baseURL: string
  /** Whether the vendor honors `Idempotency-Key`. */
  readonly idempotent?: boolean
  /** @defaultValue `Authorization: Bearer …` */
  readonly auth?: (apiKey: string) => Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  /** What only some of its models want or refuse. */
  readonly modelRules?: readonly ModelRules[]
  /** Finish reasons beyond OpenAI's own. */
  readonly finishReasons?: Readonly<Record<string, FinishReason>>
  /**
   * A chunk or an answer with everything where OpenAI has it; the same object where nothing has to
   * move.
   */
  readonly normalizeResponse?: (json: Json) => Json
  /**
   * The HTTP status that an error code of the vendor's stands for, where its transport says 200.
   */
  readonly errorStatuses?: Readonly<Record<string, number>>
  /**
   * Whether streams are asked for their usage; `false` where the vendor gives it anyway and refuses
   * the question.
   * @defaultValue true
   */
  readonly requestStreamUsage?: boolean
  /** Path and query of an operation, where the model stands in it. */
  readonly path?: (operation: string, model: string) => string
  /** `false` where the vendor has none. */
  readonly embeddings?: false | EmbeddingsRules
  /**
   * What it has beside chat and embeddings. Legacy completions that are not named are given over
   * chat.
   * @defaultValue nothing
   */
  readonly operations?: 'all' | readonly OtherOperation[]
  /** Whether the vendor has the Responses API itself. @defaultValue false */
  readonly responses?: boolean
  /** Whether it counts the tokens of a response at `/responses/input_tokens`. */
  readonly countsTokens?: boolean
  /** Whether its chat knows tools of the type `custom`. @defaultValue false */
  readonly customTools?: boolean
  /** How its pictures differ. */
  readonly images?: ImageRules
  readonly models?: readonly Model[]
}

/** What sets a vendor's image endpoints apart. */
export interface ImageRules {
  readonly drops?: readonly string[]
  /** Params that some of its models refuse. */
  readonly refused?: readonly (readonly [models: RegExp, params: readonly string[]])[]
  /** Shapes that it draws, as `16:9`, where it has those instead of sizes. */
  readonly ratios?: readonly string[]
  /** Pictures to be changed go along in JSON, as `data:` URLs, instead of in a form. */
  readonly editsInJson?: boolean
  /** @defaultValue true */
  readonly streams?: boolean
}

/** What a vendor asks of a message beyond what OpenAI does. */
export interface MessageRules {
  /** Roles under another name: ours → theirs. */
  readonly roles?: Readonly<Record<string, string>>
  /** All that a message may hold, where the vendor refuses the rest. */
  readonly members?: readonly string[]
  /** The member that holds earlier thoughts. @defaultValue `reasoning_content` */
  readonly thoughts?: string
  /**
   * Calls are refused without the thoughts that led to them; a blank stands in where the client did
   * not echo those.
   */
  readonly requiresReasoning?: boolean
  /** Calls are refused where content is absent; it may be empty. */
  readonly needsContent?: boolean
  /**
   * Whose messages may not be empty: those of the assistant and the system fall out then, others
   * say that they are empty.
   */
  readonly filled?: readonly string[]
  /**
   * Ids of calls that do not fit are replaced by `length` letters and digits, the same in a call
   * and its result.
   */
  readonly callIds?: { readonly fits: RegExp; readonly length: number }
  /** The characters that a sender's name cannot have; `_` stands in. */
  readonly notInNames?: RegExp
  /** There are no system messages: what they say goes in front of the user's first words. */
  readonly systemInUser?: boolean
  readonly order?: OrderRules
}

/** Which messages may follow which, where a vendor minds. */
export interface OrderRules {
  /** System messages stand before all others. */
  readonly systemFirst?: boolean
  /** The user does not speak right behind a tool's result: the assistant acknowledges it first. */
  readonly answersTools?: boolean
  /** The member that marks a last message of the assistant's as the beginning of the answer. */
  readonly lastAssistant?: string
  /** Messages of the user, or of the assistant, that follow one another are joined. */
  readonly alternates?: boolean
}

/** What a vendor's embeddings lack. */
export interface EmbeddingsRules {
  readonly renames?: Readonly<Record<string, string>>
  readonly drops?: readonly string[]
  /** Vectors come as numbers whatever is asked for; base64 is made of them on the way back. */
  readonly floatsOnly?: boolean
  /**
   * Inputs that one request takes, by model; the first that fits counts.
   * @defaultValue any number
   */
  readonly maxInputs?: readonly (readonly [models: RegExp, most: number])[]
}
