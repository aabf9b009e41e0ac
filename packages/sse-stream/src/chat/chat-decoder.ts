import type { ApiError } from '@sluice/core'
import type { Annotation, ChoiceLogprobs, CompletionUsage, FinishReason } from '@sluice/core/wire'
import type { ServerSentEvent } from '../sse/parse-event.ts'
import type { CopiedString } from '../template/event-template.ts'

/**
 * A part of a tool call as a vendor gives it: `index` is whatever tells its calls apart, and may be
 * missing where each comes whole.
 */
export interface VendorToolCallDelta {
  readonly index?: number | string | undefined
  readonly id?: string | undefined
  readonly type?: string | undefined
  /** Whether nothing more of the call comes, so that empty arguments are all it has. */
  readonly isWhole?: boolean
  readonly function?:
    | { readonly name?: string | undefined; readonly arguments?: string | undefined }
    | undefined
  /** Instead of the function, where the tool takes text of any form. */
  readonly custom?: { readonly name?: string; readonly input?: string } | undefined
  readonly [field: string]: unknown
}

/** What a choice gained, with tool calls as the vendor gives them. */
export interface VendorDelta {
  readonly role?: string
  readonly content?: string | null
  readonly refusal?: string | null
  readonly reasoning_content?: string | null
  readonly tool_calls?: readonly VendorToolCallDelta[]
  readonly annotations?: Annotation[]
  readonly [field: string]: unknown
}

/**
 * What one vendor event says, in OpenAI's words. A decoder gives these; ids, roles, dense tool-call
 * indexes, the order of role, content, finish and usage are put right in one place for all vendors.
 */
export interface ChatDelta {
  /** Which choice; 0 where the vendor has one. */
  readonly index?: number
  readonly delta?: VendorDelta
  /**
   * Whether the delta is a message that may say again what came before it; then only what is new in
   * it counts.
   */
  readonly isWhole?: boolean
  /** Why the choice ends, if nothing more of it follows; where more does, it was no end. */
  readonly finishReason?: FinishReason
  /** Whether that reason stands although the choice has calls, which nobody waits for any more. */
  readonly callsAreAnswered?: boolean
  readonly logprobs?: ChoiceLogprobs | null
  /** Cumulative: the last one counts, but for zeros and what it leaves out. */
  readonly usage?: CompletionUsage
  /** The envelope; the first of each counts. */
  readonly id?: string
  readonly model?: string
  readonly created?: number
  /**
   * Fields that the vendor adds to a chunk or to a choice, kept as they are and in their order; a
   * `choices` among them says where those stand.
   */
  readonly chunkFields?: Readonly<Record<string, unknown>>
  readonly choiceFields?: Readonly<Record<string, unknown>>
  /** The vendor failed inside its stream. */
  readonly error?: ApiError
  /** The vendor's own last event has come. */
  readonly end?: boolean
}

/**
 * Reads the events of one streamed answer. Its state is its own; it does no I/O and knows no clock.
 */
export interface ChatDecoder {
  /**
   * Called for each event with its data, parsed. `[DONE]` never comes here. An event that is not
   * known gives nothing.
   */
  decode(json: unknown, event: ServerSentEvent): readonly ChatDelta[]
  /**
   * Whether `decode` depends on nothing but the event, so that what it made of one like it holds
   * for this one.
   * @defaultValue false
   */
  readonly isStateless?: boolean
  /**
   * Strings that running events hand on unchanged, one group for each kind of event, the text
   * first. An event of a known shape is then carried over without being parsed, so `decode` must
   * not need to see all of them.
   */
  readonly verbatim: readonly (readonly CopiedString[])[]
}
