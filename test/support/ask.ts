import { request, type IncomingHttpHeaders } from 'node:http'

/** An answer as a client got it, also where it was cut off. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** Whether the answer ended as HTTP says, instead of breaking off. */
  readonly isWhole: boolean
  /** The error, in the body or in the last frame of a stream. */
  readonly error:
    | { readonly message: string; readonly type: string; readonly code: string | null }
    | undefined
  /** The text that the answer's first choice said. */
  readonly said: string
  /** `data:` lines of a stream, `[DONE]` included. */
  readonly events: readonly string[]
}

/** How a request is made. */
export interface AskOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Text is sent as it is. */
  readonly body?: unknown
  /** Breaks the connection off. */
  readonly signal?: AbortSignal
  /** Told when the head has come, and of every piece of the body. */
  readonly onData?: (text: string) => void
}

/** One request on a connection of its own; rejects only where nothing of an answer came. */
export function ask(url: string, options: AskOptions = {}): Promise<Answer> {
  const { body, method = body === undefined ? 'GET' : 'POST', headers, signal, onData } = options
  return new Promise((resolve, reject) => {
    const type = { 'content-type': 'application/json' }
    const req = request(url, {
      method,
      agent: false,
      headers: { ...(body === undefined ? {} : type), ...headers },
      ...(signal === undefined ? {} : { signal }),
    })
    req.on('error', reject)
    req.on('response', (res) => {
      let text = ''
      let isOver = false
      const finish = (isWhole: boolean) => {
        if (isOver) return
        isOver = true
        resolve(read(res.statusCode ?? 0, res.headers, text, isWhole))
      }
      res.setEncoding('utf8')
      onData?.('')
      res.on('data', (piece: string) => {
        text += piece
        onData?.(piece)
      })
      res.on('end', () => finish(res.complete))
      res.on('error', () => finish(false))
      res.on('close', () => finish(false))
    })
    req.end(typeof body === 'string' || body === undefined ? body : JSON.stringify(body))
  })
}

interface Chunk {
  readonly error?: Answer['error']
  readonly choices?: readonly {
    readonly delta?: { readonly content?: string }
    readonly message?: { content?: string }
  }[]
}

/**
 * Takes the text apart only when somebody looks: a long stream costs more to parse here than to
 * relay.
 */
function read(
  status: number,
  headers: IncomingHttpHeaders,
  text: string,
  isWhole: boolean,
): Answer {
  const isStream = headers['content-type']?.startsWith('text/event-stream') === true
  const events = () =>
    isStream ? [...text.matchAll(/^data: (.*)$/gm)].map((match) => match[1]!) : []
  const parsed = () =>
    (isStream ? events().filter((event) => event !== '[DONE]') : [text]).map(parse)
  return {
    status,
    headers,
    text,
    isWhole,
    get error() {
      return parsed().find((chunk) => chunk.error !== undefined)?.error
    },
    get said() {
      return parsed()
        .map(({ choices }) => choices?.[0]?.delta?.content ?? choices?.[0]?.message?.content ?? '')
        .join('')
    },
    get events() {
      return events()
    },
  }
}

function parse(text: string): Chunk {
  try {
    return (JSON.parse(text) ?? {}) as Chunk
  } catch {
    return {}
  }
}
