/** A request as it stood on the wire. */
export interface RawRequest {
  readonly method: string
  /** Path and query. */
  readonly path: string
  /** Lower-case names; of a repeated one the last. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/**
 * Cuts what comes in on one connection into requests. Understands lengths and chunks; everything
 * else has no body.
 */
export class RequestReader {
  #buffer: Buffer = Buffer.alloc(0)

  push(bytes: Uint8Array): RawRequest[] {
    this.#buffer = Buffer.concat([this.#buffer, bytes])
    const requests: RawRequest[] = []
    for (;;) {
      const request = this.#next()
      if (request === undefined) return requests
      requests.push(request)
    }
  }

  #next(): RawRequest | undefined {
    const end = this.#buffer.indexOf('\r\n\r\n')
    if (end < 0) return undefined
    const [first = '', ...lines] = this.#buffer.toString('latin1', 0, end).split('\r\n')
    const headers = Object.fromEntries(lines.map(readHeader))
    const body =
      headers['transfer-encoding'] === 'chunked'
        ? this.#chunked(end + 4)
        : this.#counted(end + 4, headers)
    if (body === undefined) return undefined
    this.#buffer = this.#buffer.subarray(body.end)
    const [method = '', path = ''] = first.split(' ')
    return { method, path, headers, body: body.bytes }
  }

  #counted(
    from: number,
    headers: Readonly<Record<string, string>>,
  ): { bytes: Uint8Array; end: number } | undefined {
    const end = from + Number(headers['content-length'] ?? 0)
    return this.#buffer.length < end ? undefined : { bytes: this.#buffer.subarray(from, end), end }
  }

  #chunked(from: number): { bytes: Uint8Array; end: number } | undefined {
    const parts: Buffer[] = []
    let at = from
    for (;;) {
      const lineEnd = this.#buffer.indexOf('\r\n', at)
      if (lineEnd < 0) return undefined
      const size = Number.parseInt(this.#buffer.toString('latin1', at, lineEnd), 16)
      const end = lineEnd + 2 + size + 2
      if (this.#buffer.length < end) return undefined
      if (size === 0) return { bytes: Buffer.concat(parts), end }
      parts.push(this.#buffer.subarray(lineEnd + 2, end - 2))
      at = end
    }
  }
}

function readHeader(line: string): [string, string] {
  const colon = line.indexOf(':')
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
}
