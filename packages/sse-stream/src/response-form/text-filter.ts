/** Changes one text that arrives in pieces; what it cannot decide about yet it holds back. */
export interface TextFilter {
  /** What can leave, now that this has come. */
  push(text: string): string
  /** What was held back, when nothing more comes. */
  end(): string
}
