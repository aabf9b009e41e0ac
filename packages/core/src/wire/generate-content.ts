/** One part of a content in Gemini's form: text, inline data, a function call or its response. */
export interface ContentPart {
  text?: string
  /** The text is a summary of what the model thinks. */
  thought?: boolean
  thoughtSignature?: string
  [field: string]: unknown
}

/** One turn of a conversation in Gemini's form. */
export interface Content {
  role?: string
  parts?: readonly ContentPart[]
  [field: string]: unknown
}

/**
 * The body of `POST /v1beta/models/{model}:generateContent`, and what Gemini says in the path
 * beside it: the model, and whether a stream is asked for.
 */
export interface GenerateContentParams {
  model: string
  stream?: boolean | null
  contents: readonly Content[]
  systemInstruction?: Content | null
  tools?: readonly Record<string, unknown>[] | null
  toolConfig?: Record<string, unknown> | null
  safetySettings?: readonly Record<string, unknown>[] | null
  generationConfig?: Record<string, unknown> | null
  cachedContent?: string | null
  [field: string]: unknown
}

/** What a response of Gemini's form cost. Thoughts are not in `candidatesTokenCount`. */
export interface GenerateContentUsage {
  promptTokenCount?: number
  candidatesTokenCount?: number
  thoughtsTokenCount?: number
  cachedContentTokenCount?: number
  totalTokenCount?: number
  [field: string]: unknown
}

/** One of the responses that a model offers. */
export interface Candidate {
  index?: number
  content?: Content
  finishReason?: string
  [field: string]: unknown
}

/** A whole response in Gemini's form, or one event of a streamed one. */
export interface GenerateContentResponse {
  candidates?: Candidate[]
  promptFeedback?: { blockReason?: string; [field: string]: unknown }
  usageMetadata?: GenerateContentUsage
  modelVersion?: string
  responseId?: string
  [field: string]: unknown
}

/** The body of `POST /v1beta/models/{model}:countTokens`, and the model that its path names. */
export interface CountTokensParams {
  model: string
  contents?: readonly Content[]
  generateContentRequest?: Record<string, unknown>
  [field: string]: unknown
}

/** The tokens that contents would take in. */
export interface CountTokensResponse {
  totalTokens: number
  [field: string]: unknown
}
