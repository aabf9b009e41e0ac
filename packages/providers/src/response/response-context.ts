import type { ApiError, Clock, Gate } from '@sluice/core'
import type { Timeouts } from '../transport/deadline.ts'
import type { Transport } from '../transport/send.ts'
import type { UpstreamErrorOptions } from './errors/upstream-error-options.ts'
import type { ResponseReader } from './response-reader.ts'

/** What an answer needs beside the request. */
export interface ResponseContext {
  readonly transport: Transport
  readonly clock: Clock
  readonly timeouts: Timeouts
  readonly gate: Gate
  readonly errors: UpstreamErrorOptions
  /** A body that is not a stream may be this long. */
  readonly maxResponseBytes: number
  /** Whether a streamed answer is expected; decides which timeouts hold. */
  readonly streamed: boolean
}

/** How a body was begun: its head and its first bytes. */
export interface ResponseHead {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /**
   * What the first bytes look like, whatever the media type says: `json`, `html`, else `events`.
   */
  readonly looksLike: 'json' | 'html' | 'events' | 'empty'
}

/** What an answer tells its owner. */
export interface ResponseOwner {
  /** Chooses who reads a good answer, once its first bytes are there. */
  open(head: ResponseHead): ResponseReader
  fail(error: ApiError): void
  /** Something has been delivered already, so that a failure is a broken stream. */
  readonly hasEmitted: boolean
  /** Sound and plain text are expected, whose first bytes mean nothing. @defaultValue false */
  readonly takesAnyBytes?: boolean
}
