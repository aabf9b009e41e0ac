import type { Response, ResponseItem, ResponseStreamEvent } from '../wire/response.ts'

/** A response as it is kept: plain JSON, so that any store can hold it. */
export interface StoredResponse {
  /**
   * What `GET /responses/{id}` gives. Its `previous_response_id` leads to the response before it.
   */
  readonly response: Response
  /**
   * What the client sent for this response alone, without what the responses before it bring along.
   */
  readonly input: readonly ResponseItem[]
  /**
   * The model as the client named it: whoever asks for the response later must have the right to
   * it.
   */
  readonly model?: string | undefined
  /** Bytes of input and output as JSON, about. Conversations are bounded by it. */
  readonly size: number
  /** What a background response has streamed, for callers that take the stream up again. */
  readonly events?: readonly ResponseStreamEvent[] | undefined
}

/**
 * Where responses are kept between requests. Each belongs to an `owner`, a text that names tenant
 * and principal; under another owner the same id is simply not there. Ids are any text: beside
 * responses, what an output item's id stands for is kept under one of its own. Methods answer at
 * once or with a promise; what they throw or reject with counts as an outage.
 */
export interface ResponseStore {
  /**
   * `undefined` for what was never kept, is deleted, has expired, had to make room, or is another
   * owner's. Never change what it gives.
   */
  get(owner: string, id: string): StoredResponse | undefined | Promise<StoredResponse | undefined>
  /**
   * Keeps a response for `ttlMs` from now, in place of what stood there. Later changes of `stored`
   * must not show.
   */
  put(owner: string, id: string, stored: StoredResponse, ttlMs: number): void | Promise<void>
  /** Tells whether there was something to delete. */
  delete(owner: string, id: string): boolean | Promise<boolean>
}
