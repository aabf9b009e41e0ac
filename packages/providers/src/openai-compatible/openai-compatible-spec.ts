import type { ChatCompletionCreateParams, FinishReason, Model } from '@sluice/core'
import type { FurtherOperation } from '../provider-spec.ts'

/** A JSON object whose members are not known. */
export type Json = Readonly<Record<string, unknown>>

/** What sets one OpenAI-alike apart from another. All of it is data or a pure function. */
export interface OpenAICompatibleSpec {
  readonly id: string
  readonly baseURL: string
  /** Whether the vendor honors `Idempotency-Key`. */
  readonly idempotent?: boolean
  /** @defaultValue `Authorization: Bearer …` */
  readonly auth?: (apiKey: string) => Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  /** Params under another name at this vendor: ours → theirs. */
  readonly renames?: Readonly<Record<string, string>>
  /** Values for params that the client left out. */
  readonly defaults?: Json
  /** The largest values that the vendor takes; larger ones are lowered to them. */
  readonly maximums?: Readonly<Record<string, number>>
  /** Params that follow from others: what it gives is set, and left out where it is `undefined`. */
  readonly derives?: (params: ChatCompletionCreateParams) => Json
  /** Params that the vendor cannot carry. */
  readonly drops?: readonly string[]
  /** How this vendor wants its messages. */
  readonly messages?: MessageRules
  /** `instructed`: the vendor knows JSON but no schemas, so the schema is given to the model in words. @defaultValue native */
  readonly jsonSchema?: 'native' | 'instructed'
  /** Finish reasons beyond OpenAI's own. */
  readonly finishReasons?: Readonly<Record<string, FinishReason>>
  /** A chunk or an answer with everything where OpenAI has it; the same object where nothing has to move. */
  readonly rearrange?: (json: Json) => Json
  /** The HTTP status that an error code of the vendor's stands for, where its transport says 200. */
  readonly errorStatuses?: Readonly<Record<string, number>>
  /** Whether streams are asked for their usage; `false` where the vendor gives it anyway and refuses the question. @defaultValue true */
  readonly asksForUsage?: boolean
  /** Path and query of an operation, where the model stands in it. */
  readonly path?: (operation: string, model: string) => string
  readonly maxChoices?: number
  /** `false` where the vendor has none. */
  readonly embeddings?: false | EmbeddingsRules
  /** What it has beside chat and embeddings. Legacy completions that are not named are given over chat. @defaultValue nothing */
  readonly offers?: 'all' | readonly FurtherOperation[]
  /** Whether the vendor has the Responses API itself. @defaultValue false */
  readonly responses?: boolean
  /** How its pictures differ. */
  readonly images?: ImageRules
  readonly models?: readonly Model[]
}

/** What sets a vendor's image endpoints apart. */
export interface ImageRules {
  readonly drops?: readonly string[]
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
  /** Calls are refused without the thoughts that led to them; a blank stands in where the client did not echo those. */
  readonly needsThoughts?: boolean
}

/** What a vendor's embeddings lack. */
export interface EmbeddingsRules {
  readonly renames?: Readonly<Record<string, string>>
  readonly drops?: readonly string[]
  /** Vectors come as numbers whatever is asked for; base64 is made of them on the way back. */
  readonly floatsOnly?: boolean
}
