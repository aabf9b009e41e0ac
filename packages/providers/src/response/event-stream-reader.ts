import { ApiError, type Batch, type Gate } from '@sluice/core'
import type { CompletionUsage } from '@sluice/core/wire'
import {
  EventSplitter,
  EventTooLargeError,
  concatBytes,
  learnRunningTemplate,
  parseEvent,
  parseVendorJson,
  type EventTemplate,
} from '@sluice/sse-stream/internal'
import { upstreamError } from './errors/upstream-error.ts'
import type { UpstreamErrorOptions } from './errors/upstream-error-options.ts'
import { readVendorError } from './errors/vendor-error.ts'
import type { ResponseReader } from './response-reader.ts'

/** What one kind of stream is made of. Its state belongs to one answer. */
export interface StreamRules {
  /**
   * Sees each event in turn, parsed: whether the client gets it, gets it together with the next
   * one, does not, or gets it last of all.
   */
  take(event: Readonly<Record<string, unknown>>): 'show' | 'wait' | 'hide' | 'last'
  /** The event as a client must get it; the very same where nothing had to change. */
  complete?(event: Readonly<Record<string, unknown>>): unknown
  /**
   * Names the only string in which an event of the middle differs from those like it, so that they
   * are known by their bytes; `undefined` for all others.
   */
  running?(event: Readonly<Record<string, unknown>>): string | undefined
  /** Whether an event's name is written where the upstream left it out. @defaultValue false */
  readonly namesEvents?: boolean
  /** Whether all has come that an answer must have. */
  isWhole(): boolean
  /**
   * Whether `[DONE]` alone ends nothing: clients wait for an event that does.
   * @defaultValue false
   */
  readonly endsByEvent?: boolean
  /** Whether an event is an answer, and surely no error. It spares a closer look. */
  isAnswer?(event: Readonly<Record<string, unknown>>): boolean
  /** Whether the client must not see the events' names. @defaultValue false */
  readonly isNameless?: boolean
  /** What it cost, as far as that has been said. */
  usage(): CompletionUsage | undefined
  batch(bytes: Uint8Array, gate: Gate, usage?: CompletionUsage): Batch
}

/** Who gets what is read. */
export interface EventStreamOwner {
  emit(batch: Batch): void
  /** The answer is whole; the connection may still be open. */
  ended(): void
  complete(): void
  fail(error: ApiError): void
}

/** Text, arguments and thoughts take turns, and each has its own shape. */
const MAX_TEMPLATES = 3
/** So many shapes are learned in a stream: one for each block, mostly. */
const MAX_LEARNED = 256

const encoder = new TextEncoder()
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * Reads a stream whose events go on as they are: each is checked to be JSON and no error, and sent
 * on in the bytes it came in, or in our framing where its own is another. Comments and `[DONE]`
 * stay behind. A stream that ends before it is whole fails.
 */
export class EventStream implements ResponseReader {
  readonly #rules: StreamRules
  readonly #owner: EventStreamOwner
  readonly #gate: Gate
  readonly #errors: UpstreamErrorOptions
  readonly #scanner: EventSplitter
  #segments: Uint8Array[] = []
  #last: Uint8Array[] = []
  #delivered = false
  #done = false
  #waits = false
  #failure: ApiError | undefined
  #templates: readonly EventTemplate[] = []
  #learned = 0
  #view: DataView | undefined
  /** Bounds of events side by side that go on as they came. */
  #source: Uint8Array | undefined
  #runStart = 0
  #runEnd = 0

  constructor(
    rules: StreamRules,
    owner: EventStreamOwner,
    options: {
      readonly gate: Gate
      readonly errors: UpstreamErrorOptions
      readonly maxEventBytes: number
    },
  ) {
    this.#rules = rules
    this.#owner = owner
    this.#gate = options.gate
    this.#errors = options.errors
    this.#scanner = new EventSplitter(options.maxEventBytes)
  }

  get isComplete(): boolean {
    return this.#failure === undefined && this.#rules.isWhole()
  }

  turn(pieces: readonly Uint8Array[]): void {
    if (this.#done || this.#failure !== undefined) return
    try {
      this.#scanner.push(concatBytes(pieces), this.#onBlock, this.#onEvent)
    } catch (error) {
      if (ApiError.is(error)) this.#failure = error
      else
        this.#broken(
          error instanceof EventTooLargeError
            ? error.message
            : 'The upstream sent something unreadable.',
          error,
        )
    }
    this.#flush()
    this.#view = undefined
    if (this.#failure !== undefined) this.#owner.fail(this.#failure)
    else if (this.#done) this.#owner.ended()
  }

  end(): void {
    const rest = this.#scanner.rest()
    if (!this.#done && this.#failure === undefined && rest.length > 0 && !this.#rules.isWhole()) {
      this.#onEvent(rest, 0, rest.length)
      this.#flush()
    }
    const isDone = this.#done && this.#delivered && this.#rules.endsByEvent !== true
    if (this.#failure === undefined && !this.#rules.isWhole() && !isDone) {
      this.#failure = this.#delivered
        ? incomplete('The upstream ended its stream before the answer was complete.')
        : new ApiError('upstream_empty_stream', {
            message: 'The upstream ended its stream without an answer.',
          })
    }
    if (this.#failure !== undefined) return this.#owner.fail(this.#failure)
    this.#waits = false
    this.#flush()
    const usage = this.#rules.usage()
    if (this.#last.length > 0 || usage !== undefined) {
      const bytes = this.#last.length === 0 ? new Uint8Array(0) : concatBytes(this.#last)
      this.#owner.emit(this.#rules.batch(bytes, this.#gate, usage))
    }
    this.#owner.complete()
  }

  /** Takes an event of the middle by its shape; -1 where it has to be parsed. */
  readonly #onBlock = (bytes: Uint8Array, at: number): number => {
    const templates = this.#templates
    if (templates.length === 0 || this.#done || this.#failure !== undefined) return -1
    let view = this.#view
    if (view?.buffer !== bytes.buffer || view.byteOffset !== bytes.byteOffset)
      this.#view = view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (let index = 0; index < templates.length; index++) {
      const end = templates[index]!.match(view, bytes, at)
      if (end < 0) continue
      this.#waits = false
      this.#pass(bytes, at, end)
      return end
    }
    return -1
  }

  /** Hands bytes on as they came, together with those that they stand behind. */
  #pass(bytes: Uint8Array, start: number, end: number): void {
    if (this.#source === bytes && this.#runEnd === start) {
      this.#runEnd = end
      return
    }
    this.#closeRun()
    this.#source = bytes
    this.#runStart = start
    this.#runEnd = end
  }

  #closeRun(): void {
    if (this.#source === undefined) return
    this.#segments.push(this.#source.subarray(this.#runStart, this.#runEnd))
    this.#source = undefined
  }

  readonly #onEvent = (bytes: Uint8Array, start: number, end: number): void => {
    if (this.#done || this.#failure !== undefined) return
    const block = utf8.decode(bytes.subarray(start, end))
    const event = parseEvent(block)
    if (event === undefined || event.data.trim() === '') return
    if (event.data.trim() === '[DONE]') {
      this.#done = true
      return
    }
    let json: unknown
    try {
      json = parseVendorJson(event.data)
    } catch (error) {
      if (!this.#rules.isWhole())
        this.#broken('The upstream sent an event that is not JSON.', error)
      return
    }
    if (typeof json !== 'object' || json === null || Array.isArray(json)) return
    const said = json as Readonly<Record<string, unknown>>
    if (
      (said['error'] !== undefined && said['error'] !== null) ||
      said['type'] === 'error' ||
      event.event === 'error' ||
      (said['type'] === undefined &&
        this.#rules.isAnswer?.(said) !== true &&
        readVendorError(said) !== undefined)
    ) {
      this.#failure = upstreamError(200, {}, said, this.#errors)
      return
    }
    const fate = this.#rules.take(said)
    if (fate === 'hide') return
    const { namesEvents, isNameless } = this.#rules
    const told =
      event.event ?? (namesEvents === true ? (said['type'] as string | undefined) : undefined)
    const type = isNameless === true ? undefined : told
    const name = type === undefined ? '' : `event: ${type}\n`
    const given = this.#rules.complete?.(said) ?? said
    // Written anew, a number such as 1.0 would be another text.
    const isAsItCame = given === said && !event.data.includes('\n')
    const isOwn = isAsItCame && `${name}data: ${event.data}\n\n` === block
    if (isOwn && fate === 'show') {
      this.#waits = false
      this.#pass(bytes, start, end)
      return this.#learn(said, bytes.subarray(start, end), block)
    }
    const own = bytes.subarray(start, end)
    const data = isAsItCame ? event.data : JSON.stringify(given)
    const isWindows = isAsItCame && name === '' && isWindowsEvent(block, event.data)
    const frame = isOwn
      ? own
      : isWindows
        ? unixFrame(own)
        : encoder.encode(`${name}data: ${data}\n\n`)
    this.#closeRun()
    if (fate === 'last') this.#last.push(frame)
    else this.#segments.push(frame)
    this.#waits = fate === 'wait' && (this.#waits || this.#segments.length === 1)
  }

  #learn(said: Readonly<Record<string, unknown>>, event: Uint8Array, block: string): void {
    const name = this.#rules.running?.(said)
    if (name === undefined || this.#learned >= MAX_LEARNED) return
    const template = learnRunningTemplate(event, block, name)
    if (template === undefined) return
    this.#learned++
    this.#templates = [template, ...this.#templates.slice(0, MAX_TEMPLATES - 1)]
  }

  #flush(): void {
    this.#closeRun()
    if (this.#segments.length === 0 || this.#waits) return
    const bytes = concatBytes(this.#segments)
    this.#segments = []
    this.#delivered = true
    this.#owner.emit(this.#rules.batch(bytes, this.#gate))
  }

  #broken(message: string, cause: unknown): void {
    this.#closeRun()
    this.#failure =
      this.#delivered || (this.#segments.length > 0 && !this.#waits)
        ? incomplete(message, cause)
        : new ApiError('upstream_invalid_response', { message, cause })
  }
}

/** Whether an event is one line of data with Windows' line ends. */
function isWindowsEvent(block: string, data: string): boolean {
  const isAlone = block.length === data.length + 'data: \r\n\r\n'.length
  return isAlone && block.startsWith('data: ') && block.endsWith('\r\n\r\n')
}

/** An event of one line of data with line feeds for its line ends. */
function unixFrame(event: Uint8Array): Uint8Array {
  const frame = event.slice(0, -2)
  frame[frame.length - 2] = 0x0a
  frame[frame.length - 1] = 0x0a
  return frame
}

function incomplete(message: string, cause?: unknown): ApiError {
  return new ApiError('stream_incomplete', { message, cause })
}
