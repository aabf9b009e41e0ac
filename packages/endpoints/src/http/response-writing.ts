import type { IncomingMessage, ServerResponse } from 'node:http'
import { ApiError, exchangeOf, type Batch, type Call, type Clock } from '@sluice/core'
import type { FlushScheduler, WriteResponseOptions } from '@sluice/sse-stream/node'
import type { DialectForm } from '../dialects/dialect-form.ts'
import { responseHead } from './response-head.ts'

/** What an answer that is being written needs of the surface it belongs to. */
export interface ResponseHost {
  readonly options: Pick<WriteResponseOptions, 'heartbeatMs' | 'writeTimeoutMs' | 'clock'>
  /** When the surface's answers leave. */
  readonly turnEnd: FlushScheduler
  refuse(req: IncomingMessage, res: ServerResponse, error: ApiError, call: Call | undefined): void
  report(error: ApiError, call: Call | undefined): void
}

/**
 * How one call's answer is written: the writer's options, made by `new` because they refer to the
 * request (see `Stage` of core).
 */
export class ResponseWriting implements WriteResponseOptions {
  readonly done: boolean
  readonly heartbeat: Uint8Array
  readonly heartbeatMs: number | undefined
  readonly writeTimeoutMs: number | undefined
  readonly clock: Clock | undefined
  readonly turnEnd: FlushScheduler
  readonly #host: ResponseHost
  readonly #req: IncomingMessage
  readonly #res: ServerResponse
  readonly #call: Call | undefined
  readonly #form: DialectForm

  constructor(
    host: ResponseHost,
    req: IncomingMessage,
    res: ServerResponse,
    call: Call | undefined,
    form: DialectForm,
    done: boolean,
  ) {
    const { heartbeatMs, writeTimeoutMs, clock } = host.options
    this.done = done
    this.heartbeat = form.heartbeat
    this.#form = form
    this.heartbeatMs = heartbeatMs
    this.writeTimeoutMs = writeTimeoutMs
    this.clock = clock
    this.turnEnd = host.turnEnd
    this.#host = host
    this.#req = req
    this.#res = res
    this.#call = call
  }

  head(first: Batch): Record<string, string> {
    return responseHead(this.#res, exchangeOf(this.#req), this.#call?.report, first, (name) => {
      const message = `A stage has set the response header ${JSON.stringify(name)}, which it may not; it was left out.`
      this.#host.report(new ApiError('server_error', { message }), this.#call)
    })
  }

  errorFrame(error: ApiError): string | undefined {
    return this.#form.errorFrame(error, exchangeOf(this.#req).requestId)
  }

  onRefused(error: ApiError): void {
    this.#host.refuse(this.#req, this.#res, error, this.#call)
  }

  onSettled(outcome: ApiError | 'complete' | 'left'): void {
    if (typeof outcome !== 'string' && this.#res.headersSent) this.#host.report(outcome, this.#call)
  }
}
