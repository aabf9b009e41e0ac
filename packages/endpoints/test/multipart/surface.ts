import { once } from 'node:events'
import { readdirSync, readlinkSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { ApiError, type Batch, type Call, type Handler } from '@sluice/core'
import type { TranscriptionCreateParams, UploadedFile } from '@sluice/core/wire'
import { endpoints, type EndpointsOptions } from '@sluice/endpoints'
import { DocumentBatch } from '@sluice/sse-stream/internal'
import { from, map, type Observable } from 'rxjs'

/** What the handler was asked, with the bytes of its files. */
export interface Seen {
  readonly params: Readonly<Record<string, unknown>>
  readonly files: readonly {
    readonly name: string
    readonly file: UploadedFile
    readonly bytes: Buffer
  }[]
}

/** All of a file's bytes. */
export async function readAll(file: UploadedFile): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of file.open()) pieces.push(piece)
  return Buffer.concat(pieces)
}

/** A handler that reads every file twice, as a retry would, and answers with what it was asked. */
function reading(seen: Seen[]): Handler {
  const handler = (call: Call): Observable<Batch> => {
    const params = call.params as unknown as TranscriptionCreateParams & Record<string, unknown>
    const read = async () => {
      const files: { name: string; file: UploadedFile; bytes: Buffer }[] = []
      for (const [name, value] of Object.entries(params)) {
        for (const file of [value].flat() as UploadedFile[]) {
          if (typeof file !== 'object' || file === null || !('open' in file)) continue
          const bytes = await readAll(file)
          if (!bytes.equals(await readAll(file)))
            throw new ApiError('server_error', { message: 'read differently' })
          files.push({ name, file, bytes })
        }
      }
      seen.push({ params, files })
    }
    return from(read()).pipe(map(() => new DocumentBatch({ value: { text: 'ok' } }, call.gate)))
  }
  return handler as Handler
}

/** A server with the surface at its root. `before` is the host's own middleware. */
export async function surface(
  options: EndpointsOptions & {
    readonly handler?: Handler
    readonly before?: (req: IncomingMessage, res: ServerResponse, next: () => void) => void
  } = {},
) {
  const { handler, before = (_req, _res, next) => next(), ...rest } = options
  const seen: Seen[] = []
  const errors: ApiError[] = []
  const middleware = endpoints(handler ?? reading(seen), {
    onError: (error) => void errors.push(error),
    ...rest,
  })
  const server = createServer((req, res) => {
    before(req, res, () => middleware(req, res, () => void res.writeHead(404).end('next')))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    seen,
    errors,
    server,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export const BOUNDARY = 'x-boundary'

/** A part with the given head lines. */
export const part = (head: string, body: string | Buffer = ''): Buffer =>
  Buffer.concat([
    Buffer.from(`--${BOUNDARY}\r\n${head}\r\n\r\n`),
    Buffer.from(body as string),
    Buffer.from('\r\n'),
  ])
export const field = (name: string, value: string): Buffer =>
  part(`Content-Disposition: form-data; name="${name}"`, value)
export const file = (name: string, body: string | Buffer = 'sound', filename = 'a.wav'): Buffer =>
  part(
    `Content-Disposition: form-data; name="${name}"; filename="${filename}"\r\nContent-Type: audio/wav`,
    body,
  )
export const ENDING = Buffer.from(`--${BOUNDARY}--\r\n`)
export const form = (...parts: readonly Buffer[]): Buffer => Buffer.concat([...parts, ENDING])
export const VALID = form(field('model', 'whisper-1'), file('file'))

/** What an answer was. */
export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly error:
    | { readonly code: string | null; readonly param: string | null; readonly message: string }
    | undefined
}

/** Posts bytes as a form. */
export async function post(
  url: string,
  body: Uint8Array,
  { path = '/audio/transcriptions', type = `multipart/form-data; boundary=${BOUNDARY}` } = {},
): Promise<Reply> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': type },
    body: new Uint8Array(body),
  })
  const json = (await response.json()) as { error?: Reply['error'] }
  return { status: response.status, headers: response.headers, error: json.error }
}

/**
 * Opens an upload on a raw socket and sends its beginning; `reply` is the text that came back when
 * the connection closed.
 */
export async function beginUpload(
  port: number,
  length: number,
  beginning: Uint8Array,
  connection = 'close',
) {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  const reply = new Promise<string>((resolve) => socket.on('close', () => resolve(text)))
  socket.on('data', (bytes: Buffer) => (text += bytes.toString()))
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(
    `POST /audio/transcriptions HTTP/1.1\r\nhost: x\r\nconnection: ${connection}\r\ncontent-type: multipart/form-data; boundary=${BOUNDARY}\r\ncontent-length: ${length}\r\n\r\n`,
  )
  socket.write(beginning)
  return { socket, reply }
}

/** Uploads that are still on disk: open files without a name, and files that kept theirs. */
export function spooledFiles(): number {
  const named = readdirSync(tmpdir()).filter((name) => name.startsWith('sluice-upload-')).length
  if (process.platform !== 'linux') return named
  const open = readdirSync('/proc/self/fd').filter((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`).includes('sluice-upload-')
    } catch {
      // The descriptor of the listing itself is closed by now.
      return false
    }
  })
  return named + open.length
}
