import type { ServerResponse } from 'node:http'
import type { Batch } from '@sluice/core'
import type { Observable, SubscriptionLike } from 'rxjs'
import { writeResponse, type WriteResponseOptions } from './response-writer.ts'

/**
 * The last door of a pipeline: writes batches to an HTTP response as `text/event-stream` (or one
 * JSON document), with backpressure, heartbeats and the error frame. Use it as
 * `answer$.pipe(redact(…), writeTo(res))`; the client's leaving unsubscribes.
 */
export function writeTo(
  res: ServerResponse,
  options?: WriteResponseOptions,
): (answer: Observable<Batch>) => SubscriptionLike {
  return (answer) => writeResponse(answer, res, options)
}
