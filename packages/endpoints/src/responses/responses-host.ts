import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ApiError, Batch, Call } from '@sluice/core'
import type { ResponseCreateParams } from '@sluice/core/wire'
import type { Observable } from 'rxjs'

/** What `/responses` needs of the surface that it is part of. */
export interface ResponsesHost {
  /** A call on behalf of whoever sent the request. */
  call(
    req: IncomingMessage,
    params: ResponseCreateParams,
    bytes?: Uint8Array,
  ): Call<'responses.create'>
  /**
   * The answer to a call, from the handler behind the features of this request.
   * @throws ApiError
   */
  ask(req: IncomingMessage, call: Call<'responses.create'>): Observable<Batch>
  write(req: IncomingMessage, res: ServerResponse, answer: Observable<Batch>, call?: Call): void
  refuse(req: IncomingMessage, res: ServerResponse, error: ApiError, call?: Call): void
  report(error: ApiError, call?: Call): void
}

/** What is asked of a response that exists. */
export interface StoredResponseRequest {
  readonly id: string
  readonly part: 'itself' | 'input_items' | 'cancel'
}
