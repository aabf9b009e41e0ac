/** The body of `POST /moderations`. */
export interface ModerationCreateParams {
  /** Left out, the relay chooses. */
  model?: string
  input: string | readonly string[] | readonly Record<string, unknown>[]
  [field: string]: unknown
}

/** The answer to `POST /moderations`. */
export interface ModerationCreateResponse {
  id: string
  model: string
  results: {
    flagged: boolean
    categories: Record<string, boolean>
    category_scores: Record<string, number>
    category_applied_input_types?: Record<string, string[]>
  }[]
}
