/**
 * One thing that a misbehaving vendor does on its socket. A script that runs out leaves the
 * connection open for the next request.
 *
 * - `send`: writes bytes as they are; `everyBytes` cuts them into so many writes, `times` repeats
 *   them, waiting for the client to take them.
 * - `wait`: does nothing for a while, or until something has happened.
 * - `stall`: never says anything more; over when the client leaves.
 * - `half-close`: ends its own side in order (FIN) and goes on listening.
 * - `reset`: breaks the connection off (RST).
 */
export type FaultStep =
  | {
      readonly do: 'send'
      readonly bytes: string | Uint8Array
      readonly everyBytes?: number
      readonly times?: number
    }
  | { readonly do: 'wait'; readonly ms?: number; readonly until?: PromiseLike<unknown> }
  | { readonly do: 'stall' | 'half-close' | 'reset' }

/** A whole HTTP/1.1 answer of known length. */
export function faultResponse(
  status: number,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): FaultStep[] {
  const bytes = Buffer.from(body)
  return [
    {
      do: 'send',
      bytes: faultHead(status, {
        'content-type': 'application/json',
        'content-length': String(bytes.length),
        ...headers,
      }),
    },
    ...(bytes.length === 0 ? [] : [{ do: 'send', bytes } as const]),
  ]
}

/** How a stream goes over the wire. */
export interface StreamOptions {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Cuts all that is written into pieces of so many bytes. */
  readonly everyBytes?: number
  /** What is done between two events. */
  readonly between?: FaultStep
  /** What is done behind the last event. @defaultValue ends the answer in order */
  readonly finally?: readonly FaultStep[]
}

/** A streamed HTTP/1.1 answer in chunked encoding, one write for each event. */
export function faultStream(
  events: readonly (string | Uint8Array)[],
  options: StreamOptions = {},
): FaultStep[] {
  const { everyBytes, between } = options
  const send = (bytes: string | Uint8Array): FaultStep =>
    everyBytes === undefined ? { do: 'send', bytes } : { do: 'send', bytes, everyBytes }
  const steps: FaultStep[] = [
    send(
      faultHead(options.status ?? 200, {
        'content-type': 'text/event-stream',
        'transfer-encoding': 'chunked',
        ...options.headers,
      }),
    ),
  ]
  for (const event of events) {
    const bytes = Buffer.from(event)
    if (bytes.length === 0) continue
    if (between !== undefined && steps.length > 1) steps.push(between)
    steps.push(
      send(
        Buffer.concat([
          Buffer.from(`${bytes.length.toString(16)}\r\n`),
          bytes,
          Buffer.from('\r\n'),
        ]),
      ),
    )
  }
  return [...steps, ...(options.finally ?? [send('0\r\n\r\n')])]
}

/** The head of an answer, with the blank line that ends it. */
export function faultHead(status: number, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} Status\r\n${lines.join('')}\r\n`
}
