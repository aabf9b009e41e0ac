/**
 * A fake vendor: OpenAI's chat, streams and embeddings, Anthropic's messages and Gemini's streams,
 * as bytes that are made once. The model's name says what to answer:
 * `bench;tokens=200;burst=20;delay=0` is 200 tokens, 20 to a write, with no wait between writes. On
 * bare sockets, so that what is measured does not wait for it. `--port N`
 */
import { createServer, type Socket } from 'node:net'
import { argument } from './arguments.ts'
import { MessageReader, type MessageListener } from './http-reader.ts'
import {
  completion,
  embedding,
  json,
  message,
  streamOf,
  varied,
  type Plan,
} from './vendor-answers.ts'

/** A long prompt is looked at only where its ends are, so that it costs the vendor nothing. */
const LOOKED_AT = 4096

/** Answers that differ, given so far. */
let asked = 0

/**
 * When clients went away before their answer was finished, by the id that they put into their
 * prompt.
 */
const departures: Record<string, number> = {}

/** One connection, which answers one request at a time. */
class Connection implements MessageListener {
  readonly #socket: Socket
  readonly #reader = new MessageReader(this)
  #path = ''
  #start = ''
  #end = ''
  /** The answer under way, and how much of it has been written. */
  #plan: Plan | undefined
  #written = 0
  #timer: NodeJS.Timeout | undefined
  /** What came while an answer was under way. */
  #waiting: Buffer | undefined

  constructor(socket: Socket) {
    this.#socket = socket
    const leave = () => this.#leave()
    socket.on('data', (bytes) => this.#take(bytes))
    // A client that has closed its side reads no more either.
    socket.on('error', leave).on('end', leave).on('close', leave)
  }

  head(text: string): void {
    this.#path = text.slice(text.indexOf(' ') + 1, text.indexOf(' HTTP/'))
    this.#start = ''
    this.#end = ''
  }

  body(bytes: Buffer, from: number, to: number): void {
    const more = Math.min(LOOKED_AT - this.#start.length, to - from)
    this.#start += bytes.toString('latin1', from, from + more)
    const rest = bytes.toString('latin1', Math.max(from + more, to - LOOKED_AT), to)
    if (rest !== '') this.#end = (this.#end + rest).slice(-LOOKED_AT)
  }

  #take(bytes: Buffer): void {
    if (this.#plan !== undefined) {
      this.#waiting = this.#waiting === undefined ? bytes : Buffer.concat([this.#waiting, bytes])
      return
    }
    let end: number
    try {
      end = this.#reader.read(bytes)
    } catch {
      this.#socket.destroy()
      return
    }
    if (end < 0) return
    if (end < bytes.length) this.#waiting = bytes.subarray(end)
    const plan = (this.#plan = this.#planOf(this.#path))
    this.#written = 0
    if (plan.silence > 0) this.#timer = setTimeout(this.#write, plan.silence)
    else this.#write()
  }

  #planOf(path: string): Plan {
    if (path === '/departures') return json(departures)
    if (path.endsWith('/embeddings')) return embedding
    const text = this.#start + this.#end
    const gemini = /\/models\/([^/]*):streamGenerateContent/.exec(path)?.[1]
    if (gemini !== undefined) return streamOf('gemini', decodeURIComponent(gemini))
    const model = /"model"\s*:\s*"([^"]*)"/.exec(text)?.[1] ?? ''
    if (!/"stream"\s*:\s*true/.test(text)) {
      if (path.endsWith('/messages')) return message
      return model.includes(';varied') ? varied[asked++ % varied.length]! : completion
    }
    return streamOf(path.endsWith('/messages') ? 'messages' : 'chat', model)
  }

  readonly #write = (): void => {
    if (this.#plan === undefined) return
    const { writes } = this.#plan
    const bytes = writes[this.#written++]!
    if (this.#written === writes.length) this.#socket.write(bytes, this.#finish)
    else if (this.#socket.write(bytes)) this.#wait()
    else this.#socket.once('drain', this.#wait)
  }

  readonly #wait = (): void => {
    const delay = this.#plan?.delay
    // Node keeps timers of one length in one list.
    if (delay) this.#timer = setTimeout(this.#write, delay)
    else setImmediate(this.#write)
  }

  /** Its last bytes have left. */
  readonly #finish = (error?: Error | null): void => {
    if (error || this.#plan === undefined) return
    this.#plan = undefined
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting !== undefined) this.#take(waiting)
  }

  #leave(): void {
    if (this.#plan !== undefined) {
      clearTimeout(this.#timer)
      this.#plan = undefined
      const id = /#id:(\w+)#/.exec(this.#start + this.#end)?.[1]
      if (id !== undefined) departures[id] = performance.timeOrigin + performance.now()
    }
    this.#socket.destroy()
  }
}

const server = createServer({ noDelay: true }, (socket) => void new Connection(socket))
server.listen({ port: Number(argument('port')), host: '127.0.0.1', backlog: 4096 })
