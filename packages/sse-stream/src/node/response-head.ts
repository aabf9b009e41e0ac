import type { ServerResponse } from 'node:http'
import type { ApiError, Batch } from '@sluice/core'

const MEDIA_TYPES: Readonly<Record<Batch['framing'], string>> = {
  events: 'text/event-stream; charset=utf-8',
  document: 'application/json',
  binary: 'application/octet-stream',
}

/** The status and the headers of a response, which leave with its first bytes. */
export class ResponseHead {
  readonly #res: ServerResponse
  #fields: Record<string, string> | undefined

  constructor(res: ServerResponse) {
    this.#res = res
  }

  /** Whether the headers are known and have not left. */
  get isPending(): boolean {
    return this.#fields !== undefined
  }

  /** Takes the headers that the caller wants; those of the framing are added. */
  prepare(fields: Record<string, string>, first: Batch): void {
    fields['content-type'] = first.contentType ?? MEDIA_TYPES[first.framing]
    if (first.framing === 'events') {
      // `no-transform` keeps compression from gathering events; the other keeps nginx from it.
      fields['cache-control'] = 'no-cache, no-transform'
      fields['x-accel-buffering'] = 'no'
    }
    this.#fields = fields
  }

  /** Writes the head, once; with its length where the whole response is there. */
  write(wholeLength?: number): void {
    const fields = this.#fields
    if (fields === undefined) return
    this.#fields = undefined
    if (wholeLength !== undefined) fields['content-length'] = String(wholeLength)
    if (this.#res.headersSent) return
    this.#res.writeHead(200, fields)
  }
}

/** Writes an error as the whole response, in OpenAI's shape. */
export function refuse(res: ServerResponse, error: ApiError): void {
  if (res.headersSent || res.destroyed) return
  const body = JSON.stringify(error.toBody())
  const headers = {
    'content-type': 'application/json',
    'cache-control': 'private, no-store',
    ...error.toHeaders(),
  }
  res.writeHead(error.status, { ...headers, 'content-length': Buffer.byteLength(body) })
  res.end(body)
}
