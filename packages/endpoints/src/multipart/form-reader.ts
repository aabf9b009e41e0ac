import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { Dicer } from '@fastify/busboy'
import { ApiError, systemClock, type Clock, type Timer } from '@sluice/core'
import type { Form, FormEntry } from './form-entry.ts'
import { fieldTooLarge, formLimits, formRefused, formTooLarge, nameRefused } from './form-limits.ts'
import { readPartHead } from './part-head.ts'
import { SpooledFile } from './spooled-file.ts'

/** How much of a form is taken, and how long it may take to come. */
export interface FormReaderOptions {
  /** One file may be this long, all of them together four times that. */
  readonly maxUploadBytes: number
  /** Silence of the client that is borne; the whole form may take twenty times as long. */
  readonly bodyTimeoutMs: number
  readonly clock?: Clock | undefined
}

const MAX_HEADER_PAIRS = 32
const MAX_HEADER_BYTES = 15 * 1024
/** Dicer cuts longer heads off without a word; what comes near is refused before that. */
const PARSED_HEADER_BYTES = 16 * 1024
const TIMEOUTS = 20

/**
 * Reads a form as it arrives. It takes no more from the socket than goes to disk; whatever ends it
 * early, `fail` included, lets all that was read go. Calls back exactly once.
 */
export class FormReader {
  readonly #req: IncomingMessage
  readonly #options: FormReaderOptions
  readonly #clock: Clock
  readonly #done: (failure: ApiError | undefined, form?: Form) => void
  readonly #parser: Dicer
  readonly #entries: FormEntry[] = []
  readonly #files: SpooledFile[] = []
  readonly #receiving: Promise<void>[] = []
  #fields = 0
  #parts = 0
  #bytes = 0
  /** Bytes of a head that has not ended; counted from the read after the one it began in. */
  #headBytes = -1
  #timer: Timer
  readonly #startedMs: number
  #heardMs: number
  #over = false

  constructor(
    req: IncomingMessage,
    boundary: string,
    options: FormReaderOptions,
    done: (failure: ApiError | undefined, form?: Form) => void,
  ) {
    this.#req = req
    this.#options = options
    this.#done = done
    this.#clock = options.clock ?? systemClock
    this.#startedMs = this.#heardMs = this.#clock.now()
    this.#parser = new Dicer({
      boundary,
      maxHeaderPairs: MAX_HEADER_PAIRS,
      maxHeaderSize: PARSED_HEADER_BYTES,
    } as Dicer.Config)
  }

  /** `expectedBytes`: what the client says that it sends. */
  start(expectedBytes: number): void {
    if (expectedBytes > this.#maxBytes) return this.fail(formTooLarge(this.#options.maxUploadBytes))
    this.#parser.on('part', (part) => this.#onPart(part))
    this.#parser.on('error', () => this.fail(unreadable()))
    this.#parser.on('finish', () => void this.#finish())
    this.#parser.on('drain', () => this.#req.resume())
    this.#timer = this.#clock.setTimeout(this.#onTimer, this.#options.bodyTimeoutMs)
    this.#req.on('data', this.#onData)
    this.#req.on('end', this.#onEnd)
    const left = () =>
      this.fail(
        new ApiError('client_closed_request', { message: 'The client closed the request.' }),
      )
    this.#req.on('error', left)
    this.#req.on('close', () => {
      if (!this.#req.complete) left()
    })
  }

  get #maxBytes(): number {
    return this.#options.maxUploadBytes * formLimits.filesOfLargest
  }

  fail(error: ApiError): void {
    if (this.#over) return
    this.#stop()
    this.#dispose()
    this.#done(error)
  }

  readonly #onData = (bytes: Buffer): void => {
    this.#heardMs = this.#clock.now()
    this.#bytes += bytes.length
    if (this.#bytes > this.#maxBytes) return this.fail(formTooLarge(this.#options.maxUploadBytes))
    const wasInHead = this.#headBytes >= 0
    let goesOn = true
    try {
      goesOn = this.#parser.write(bytes)
    } catch {
      return this.fail(unreadable())
    }
    if (wasInHead && this.#headBytes >= 0) {
      this.#headBytes += bytes.length
      if (this.#headBytes > MAX_HEADER_BYTES) return this.fail(headTooLarge())
    }
    if (!goesOn && !this.#over) this.#req.pause()
  }

  readonly #onEnd = (): void => {
    this.#parser.end()
  }

  readonly #onTimer = (): void => {
    const { bodyTimeoutMs } = this.#options
    const now = this.#clock.now()
    const leftMs =
      Math.min(this.#heardMs + bodyTimeoutMs, this.#startedMs + bodyTimeoutMs * TIMEOUTS) - now
    if (leftMs > 0) this.#timer = this.#clock.setTimeout(this.#onTimer, leftMs)
    else this.fail(new ApiError('request_timeout', { message: 'The form did not arrive in time.' }))
  }

  #onPart(part: Readable): void {
    part.on('error', () => this.fail(unreadable()))
    if (this.#over) return void part.resume()
    this.#parts++
    this.#headBytes = 0
    if (this.#parts > formLimits.fields + formLimits.files) {
      part.resume()
      return this.fail(
        formRefused(`The form has more than ${formLimits.fields + formLimits.files} parts.`),
      )
    }
    part.once('header', (header: Readonly<Record<string, readonly string[]>>) => {
      this.#headBytes = -1
      try {
        this.#onHeader(part, header)
      } catch (error) {
        part.resume()
        this.fail(ApiError.from(error))
      }
    })
  }

  #onHeader(part: Readable, header: Readonly<Record<string, readonly string[]>>): void {
    if (this.#over) return void part.resume()
    checkHeader(header)
    const { name, filename, contentType } = readPartHead(header)
    if (name === '' || name.length > formLimits.nameLength || name === '__proto__') {
      throw nameRefused()
    }
    let receive: Promise<void>
    if (filename === undefined) {
      if (++this.#fields > formLimits.fields)
        throw formRefused(`The form has more than ${formLimits.fields} fields.`)
      receive = this.#receiveField(part, name)
    } else {
      if (this.#files.length >= formLimits.files)
        throw formRefused(`The form has more than ${formLimits.files} files.`)
      const file = new SpooledFile(filename, contentType)
      this.#files.push(file)
      this.#entries.push({ name, value: file })
      receive = this.#receiveFile(part, file, name)
    }
    this.#receiving.push(
      receive.catch((error: unknown) =>
        this.fail(ApiError.is(error) ? error : ApiError.from(error)),
      ),
    )
  }

  async #receiveField(part: Readable, name: string): Promise<void> {
    const pieces: Uint8Array[] = []
    let length = 0
    for await (const piece of part as AsyncIterable<Uint8Array>) {
      length += piece.length
      if (length > formLimits.fieldBytes) throw fieldTooLarge(name)
      pieces.push(piece)
    }
    this.#entries.push({ name, value: Buffer.concat(pieces, length).toString('utf8') })
  }

  async #receiveFile(part: Readable, file: SpooledFile, name: string): Promise<void> {
    const { maxUploadBytes } = this.#options
    for await (const piece of part as AsyncIterable<Uint8Array>) {
      if (file.size + piece.length > maxUploadBytes) throw formTooLarge(maxUploadBytes, name)
      await file.append(piece)
      if (this.#over) return
    }
  }

  async #finish(): Promise<void> {
    await Promise.all(this.#receiving)
    if (this.#over) return
    this.#stop()
    this.#done(undefined, { entries: this.#entries, dispose: () => this.#dispose() })
  }

  #stop(): void {
    this.#over = true
    this.#clock.clearTimeout(this.#timer)
    this.#req.off('data', this.#onData)
    this.#req.off('end', this.#onEnd)
  }

  #dispose(): void {
    for (const file of this.#files) file.dispose()
  }
}

function checkHeader(header: Readonly<Record<string, readonly string[]>>): void {
  let pairs = 0
  let bytes = 0
  for (const [name, values] of Object.entries(header)) {
    for (const value of values) {
      pairs++
      bytes += name.length + value.length + 4
    }
  }
  if (pairs >= MAX_HEADER_PAIRS || bytes > MAX_HEADER_BYTES) throw headTooLarge()
}

function unreadable(): ApiError {
  return formRefused('The request body is not the form that its content-type says.')
}

function headTooLarge(): ApiError {
  return formRefused('A part of the form has a head that is too large.')
}
