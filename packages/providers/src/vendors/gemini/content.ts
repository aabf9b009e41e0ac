/**
 * One piece of a Gemini turn: it holds exactly one kind of data, and may be signed by the model.
 */
export interface Part {
  text?: string
  /** The text is a summary of the model's thoughts. */
  thought?: boolean
  /**
   * The model's encrypted state at this part; it has to come back with the part in the next
   * request.
   */
  thoughtSignature?: string
  inlineData?: { mimeType: string; data: string }
  fileData?: { mimeType?: string; fileUri: string }
  functionCall?: { id?: string; name: string; args: Record<string, unknown> }
  functionResponse?: {
    id?: string
    name: string
    response: Record<string, unknown>
    parts?: Part[]
  }
  [field: string]: unknown
}

/** One turn of a Gemini conversation. The roles take turns; tool results are the user's. */
export interface Content {
  role: 'user' | 'model'
  parts: Part[]
}
