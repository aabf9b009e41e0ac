import type { Handler } from '@sluice/core'
import type { ChatCompletionCreateParams, EmbeddingCreateParams } from '@sluice/core/wire'
import type { ChatDecoder, ChatDelta } from '@sluice/sse-stream/internal'
import type { ProviderFixture } from '../fixtures/provider-fixture.ts'

/** A request as a spec writes it: a whole body, or what differs from the client's. */
export interface EncodedUnderTest {
  readonly path: string
  readonly body?: unknown
  readonly patch?: {
    readonly set: Readonly<Record<string, unknown>>
    readonly unset: readonly string[]
  }
  readonly drops?: readonly string[]
}

/** What a dialect is told beside the params. */
export interface ContextUnderTest {
  readonly model: string
  readonly stream: boolean
}

/** How a vendor speaks chat. */
export interface ChatUnderTest {
  encode(params: ChatCompletionCreateParams, context: ContextUnderTest): EncodedUnderTest
  decoder(params: ChatCompletionCreateParams, context: ContextUnderTest): ChatDecoder
  decode(
    document: unknown,
    params: ChatCompletionCreateParams,
    context: ContextUnderTest,
  ): readonly ChatDelta[]
  readonly unsupportedParams: readonly string[]
  readonly maxChoices?: number
}

/** What the laws look at in a vendor's spec. A `ProviderSpec` of `@sluice/providers` is one. */
export interface SpecUnderTest {
  readonly id: string
  auth(apiKey: string): Readonly<Record<string, string>>
  readonly chat?: ChatUnderTest
  readonly embeddings?: {
    encode(params: EmbeddingCreateParams, context: ContextUnderTest): EncodedUnderTest
    readonly drops: readonly string[]
  }
}

/** A provider, ready to be called. */
export type ProviderUnderTest = Handler & { close(): void }

/** Sets the provider up against a vendor of the laws. */
export type CreateProvider = (options: {
  readonly baseURL: string
  readonly apiKey: string
}) => ProviderUnderTest

/** All that a law is told. */
export interface ProviderSubject {
  readonly spec: SpecUnderTest
  readonly create: CreateProvider
  readonly fixtures: readonly ProviderFixture[]
  readonly seed: number
}

/** Something that must hold of every golden case that it applies to. */
export interface FixtureLaw {
  /** In the present tense. */
  readonly name: string
  applies(fixture: ProviderFixture): boolean
  check(subject: ProviderSubject, fixture: ProviderFixture): void | Promise<void>
}

/** Something that must hold of a provider as a whole. */
export interface ProviderLaw {
  readonly name: string
  applies(subject: ProviderSubject): boolean
  check(subject: ProviderSubject): void | Promise<void>
}
