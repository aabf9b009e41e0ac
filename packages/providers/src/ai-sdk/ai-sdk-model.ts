/** One part of an AI SDK stream, or of a whole answer's content. */
export interface AiSdkPart {
  readonly type: string
}

/** What an AI SDK stream is read by. */
export interface AiSdkReader {
  read(): Promise<{ readonly done: boolean; readonly value?: unknown }>
  cancel(reason?: unknown): Promise<void>
}

/**
 * A language model of the Vercel AI SDK, of its specification v2, v3 or v4 (`ai` 5 to 7). Described
 * by its shape, so that nothing of the SDK is loaded for it.
 */
export interface AiSdkLanguageModel {
  readonly specificationVersion: 'v2' | 'v3' | 'v4'
  readonly provider: string
  readonly modelId: string
  doGenerate(options: never): PromiseLike<AiSdkGenerated>
  doStream(options: never): PromiseLike<{ readonly stream: { getReader(): AiSdkReader } }>
}

/** A whole answer of a language model. */
export interface AiSdkGenerated {
  readonly content: readonly AiSdkPart[]
  readonly finishReason: unknown
  readonly usage: unknown
  readonly response?: AiSdkResponseMetadata | undefined
}

/** What a model says of the answer that it gives. */
export interface AiSdkResponseMetadata {
  readonly id?: string | undefined
  readonly modelId?: string | undefined
  readonly timestamp?: Date | undefined
}

/** An embedding model of the Vercel AI SDK, of its specification v2, v3 or v4. */
export interface AiSdkEmbeddingModel {
  readonly specificationVersion: 'v2' | 'v3' | 'v4'
  readonly provider: string
  readonly modelId: string
  readonly maxEmbeddingsPerCall: PromiseLike<number | undefined> | number | undefined
  doEmbed(options: never): PromiseLike<{
    readonly embeddings: readonly (readonly number[])[]
    readonly usage?: { readonly tokens: number } | undefined
  }>
}
