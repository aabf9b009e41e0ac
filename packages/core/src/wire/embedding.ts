/** The body of `POST /embeddings`. */
export interface EmbeddingCreateParams {
  model: string
  /** One text, several, one text as token ids, or several of those. */
  input: string | readonly string[] | readonly number[] | readonly (readonly number[])[]
  dimensions?: number
  /** `base64` is the vector as little-endian 32-bit floats. */
  encoding_format?: 'float' | 'base64'
  user?: string
  [field: string]: unknown
}

/** The vector of one input. */
export interface Embedding {
  object: 'embedding'
  index: number
  embedding: number[] | string
}

/** The answer to `POST /embeddings`. */
export interface CreateEmbeddingResponse {
  object: 'list'
  data: Embedding[]
  model: string
  usage: { prompt_tokens: number; total_tokens: number }
}
