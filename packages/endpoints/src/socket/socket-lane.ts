import { concatBytes, EventSplitter, parseEvent } from '@sluice/sse-stream/internal'
import type { InnerResponseOwner } from './inner-request.ts'

/** Hears of what a lane brings. */
export interface LaneOwner {
  /** Sends one event as a text frame; calls back when the client can take more. */
  send(text: string, done: () => void): void
  /** Sends an error that came in place of events. */
  refuse(status: number, body: string): void
  /** The response with this id has begun. */
  began(id: string): void
  /**
   * The response has come to its end: the response itself, or nothing where it failed. `isWhole`
   * says whether it ended by itself.
   */
  ended(response: unknown, isWhole: boolean): void
}

/** An error is short; what is longer is no error of ours. */
const MAX_ERROR_BYTES = 256 * 1024

const TERMINAL: ReadonlySet<string> = new Set(['response.completed', 'response.incomplete'])
const utf8 = new TextDecoder()

/** One response on its way to a socket: reads the events of its body, and hands on their data. */
export class SocketLane implements InnerResponseOwner {
  readonly #owner: LaneOwner
  readonly #splitter: EventSplitter
  #status = 0
  #isEvents = false
  readonly #error: Uint8Array[] = []
  #errorBytes = 0
  #final: unknown
  #hasBegun = false

  constructor(owner: LaneOwner, maxEventBytes: number) {
    this.#owner = owner
    this.#splitter = new EventSplitter(maxEventBytes)
  }

  head(status: number, headers: ReadonlyMap<string, string>): void {
    this.#status = status
    this.#isEvents =
      status === 200 && headers.get('content-type')?.startsWith('text/event-stream') === true
  }

  data(bytes: Uint8Array, done: () => void): void {
    if (!this.#isEvents) {
      this.#errorBytes += bytes.length
      if (this.#errorBytes <= MAX_ERROR_BYTES) this.#error.push(bytes.slice())
      return done()
    }
    const texts: string[] = []
    this.#splitter.push(
      bytes,
      () => -1,
      (source, start, end) => {
        const event = parseEvent(utf8.decode(source.subarray(start, end)))
        if (event === undefined || event.data === '') return
        this.#look(event.event ?? '', event.data)
        texts.push(event.data)
      },
    )
    if (texts.length === 0) return done()
    const last = texts.length - 1
    for (const [at, text] of texts.entries()) this.#owner.send(text, at === last ? done : noop)
  }

  end(isWhole: boolean): void {
    if (!this.#isEvents && isWhole)
      this.#owner.refuse(this.#status, utf8.decode(concatBytes(this.#error)))
    this.#owner.ended(this.#final, isWhole)
  }

  #look(name: string, data: string): void {
    if (this.#hasBegun && !TERMINAL.has(name)) return
    const { response } = JSON.parse(data) as { response?: { id?: unknown } }
    if (!this.#hasBegun && typeof response?.id === 'string') {
      this.#hasBegun = true
      this.#owner.began(response.id)
    }
    if (TERMINAL.has(name)) this.#final = response
  }
}

function noop(): void {}
