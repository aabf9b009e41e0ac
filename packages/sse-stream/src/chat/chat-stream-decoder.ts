import { ApiError, type Batch, type Gate } from '@sluice/core'
import type { ChatCompletion, ChatCompletionChunk } from '@sluice/core/wire'
import {
  ChunkAssembler,
  copyOfPart,
  type AssemblerStanding,
  type ChatEnvelope,
} from './chunk-assembler.ts'
import type { ChatDecoder, ChatDelta } from './chat-decoder.ts'
import type { EventTemplate } from '../template/event-template.ts'
import { ChunkBatch, encodeFrame, EventBatch, frameBytes } from '../batch/event-batch.ts'
import { EventSplitter, EventTooLargeError } from '../sse/event-splitter.ts'
import { totalLength } from '../bytes/concat.ts'
import type { KnownEvents } from './known-events/known-events.ts'
import { runs } from '../template/learn-template.ts'
import { Literal } from '../bytes/byte-literal.ts'
import { parseEvent, type ServerSentEvent } from '../sse/parse-event.ts'
import { parseVendorJson } from '../bytes/parse-vendor-json.ts'
import type { BufferPool } from '../bytes/buffer-pool.ts'
import { DecoderOutput } from './decoder-output.ts'
import { TemplateSet } from './template-set.ts'

type ChatBatch = Batch<ChatCompletionChunk, ChatCompletion>

/** What a translator needs to know of the answer it reads. */
export interface ChatStreamDecoderOptions {
  readonly decoder: ChatDecoder
  /** Id, time and model for an answer whose vendor gives none. */
  readonly envelope: ChatEnvelope
  readonly gate: Gate
  /** Whether the caller asked to see the usage chunk. */
  readonly includeUsage: boolean
  /** An event that grows past it breaks the stream. */
  readonly maxEventBytes?: number | undefined
  /** Memory for what a turn brings in pieces. Whoever gives it calls `recycle` after each batch. */
  readonly buffers?: BufferPool | undefined
  /** The request's `tools`, by whose names those of calls are known to be whole. */
  readonly tools?: unknown
  /** What is known of the provider's streams, where its decoder has no state. */
  readonly known?: KnownEvents | undefined
}

/** So many events of a stream are its beginning. */
const MAX_REMEMBERED = 8
const encoder = new TextEncoder()
const DONE = Literal.of(encoder.encode('data: [DONE]\n\n'))
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * A vendor's bytes in, batches of canonical chunks out. Events are parsed until their shape is
 * known; from then on an event that fits it is checked byte by byte against the shape and sent on,
 * as it came or with its text in our own frame. Any split of the bytes gives the same output.
 */
export class ChatStreamDecoder {
  readonly #decoder: ChatDecoder
  readonly #gate: Gate
  readonly #includeUsage: boolean
  readonly #assembler: ChunkAssembler
  readonly #scanner: EventSplitter
  readonly #output: DecoderOutput
  readonly #known: KnownEvents | undefined
  readonly #templates: TemplateSet
  #delivered = false
  /** Events whose shape was looked for, for later streams. */
  #remembered = 0
  #failure: ApiError | undefined

  constructor(options: ChatStreamDecoderOptions) {
    this.#decoder = options.decoder
    this.#gate = options.gate
    this.#templates = new TemplateSet(options.decoder.verbatim)
    this.#output = new DecoderOutput(options.buffers)
    this.#known = options.decoder.isStateless === true ? options.known : undefined
    this.#includeUsage = options.includeUsage
    this.#assembler = new ChunkAssembler(options.envelope, options.tools)
    this.#scanner = new EventSplitter(options.maxEventBytes ?? 4 * 1024 * 1024)
  }

  /** Why the answer cannot go on, once that is known; what came before it is in the batches. */
  get failure(): ApiError | undefined {
    return this.#failure
  }

  /** Whether nothing more is to come, though the connection may still be open. */
  get upstreamDone(): boolean {
    return this.#assembler.ended
  }

  /**
   * Whether every choice has its end: what follows is usage at most, so that a connection may break
   * without a loss.
   */
  get isComplete(): boolean {
    return this.#failure === undefined && this.#assembler.isWhole
  }

  /**
   * Takes all that one turn brought. Nothing comes out until the vendor has said something that a
   * user could see.
   */
  push(bytes: Uint8Array): ChatBatch | undefined {
    return this.pushTurn([bytes])
  }

  /** The same, in the pieces that it came in. */
  pushTurn(pieces: readonly Uint8Array[]): ChatBatch | undefined {
    if (this.#failure !== undefined || this.#assembler.ended) return undefined
    this.recycle()
    try {
      this.#scanner.push(this.#gather(pieces), this.#onBlock, this.#onEvent)
    } catch (error) {
      this.#fail(
        error instanceof EventTooLargeError
          ? error.message
          : 'The upstream sent something unreadable.',
        error,
      )
    }
    if (this.#failure === undefined && this.#assembler.ended) this.#finish()
    const batch = this.#take()
    this.#assembler.keepFrames()
    if (batch === undefined) this.recycle()
    return batch
  }

  /**
   * Says that the last batch has been handed on: what it stood in is used again, unless it was
   * lent.
   */
  recycle(): void {
    this.#output.close()
  }

  /**
   * The upstream has ended. Gives what is left, the usage last; afterwards `failure` tells whether
   * the answer was whole.
   */
  end(): ChatBatch[] {
    this.recycle()
    const assembler = this.#assembler
    if (this.#failure === undefined && !assembler.ended) {
      const rest = this.#scanner.rest()
      if (rest.length > 0) this.#onEvent(rest, 0, rest.length)
    }
    if (this.#failure === undefined && (assembler.ended || assembler.allFinished)) this.#finish()
    const last = this.#take()
    const batches = last === undefined ? [] : [last]
    if (this.#failure !== undefined) return batches
    if (!assembler.allFinished) {
      this.#failure = this.#delivered
        ? incomplete('The upstream ended its stream before the answer was complete.')
        : new ApiError('upstream_empty_stream', {
            message: 'The upstream ended its stream without an answer.',
          })
      return batches
    }
    const usage = assembler.usageChunk()
    if (usage !== undefined) {
      batches.push(new ChunkBatch(this.#includeUsage ? [usage] : [], this.#gate, assembler.usage))
    }
    return batches
  }

  #gather(pieces: readonly Uint8Array[]): Uint8Array {
    const length = totalLength(pieces)
    const all = this.#scanner.continues(length) ? [this.#scanner.takeRest(), ...pieces] : pieces
    if (all.length === 1) return all[0]!
    return this.#output.gather(all, all === pieces ? length : totalLength(all))
  }

  readonly #onBlock = (bytes: Uint8Array, at: number): number => {
    const assembler = this.#assembler
    if (this.#failure !== undefined || assembler.ended) return -1
    this.#output.look(bytes)
    const { view } = this.#output
    const { all } = this.#templates
    for (let index = 0; index < all.length; index++) {
      const template = all[index]!
      const end = template.match(view, bytes, at)
      if (end < 0) continue
      this.#templates.noteFit(index)
      if (template.textEnd > template.textStart) assembler.meaningful = true
      return template.isIdentity
        ? this.#pass(template, bytes, at, end)
        : this.#rewrite(template, bytes, at, end)
    }
    if (DONE.standsAt(view, at, bytes.length)) {
      assembler.ended = true
      return at + DONE.length
    }
    return this.#known === undefined ? -1 : this.#recall(this.#known, bytes, at)
  }

  /**
   * Sends an event on as it came, and all those like it behind it: one of a kind is followed by its
   * like, mostly.
   */
  #pass(template: EventTemplate, bytes: Uint8Array, at: number, end: number): number {
    const { view } = this.#output
    let last = end
    // While there was nothing but empty texts, each text is looked at.
    while (this.#assembler.meaningful) {
      const next = template.match(view, bytes, last)
      if (next < 0) break
      last = next
    }
    this.#output.pass(bytes, at, last)
    return last
  }

  /** The same in frames of our own. */
  #rewrite(template: EventTemplate, bytes: Uint8Array, at: number, end: number): number {
    const frames = this.#output.rewriting()
    const { view } = this.#output
    let last = at
    for (let next = end; next >= 0; next = template.match(view, bytes, last)) {
      frames.rewrite(template, bytes, last, next)
      last = next
      if (!this.#assembler.meaningful) break
    }
    this.#output.cameFrom(template, bytes, at, last)
    return last
  }

  /**
   * Takes an event whose like has been sent on as it came in an earlier stream. Gives the offset
   * behind it, or -1.
   */
  #recall(known: KnownEvents, bytes: Uint8Array, at: number): number {
    const shape = known.find(this.#assembler, this.#output.view, bytes, at)
    if (shape === undefined) return -1
    const end = shape.apply(this.#assembler, bytes)
    const frame = shape.frame(bytes)
    if (shape.finishes) {
      this.#assembler.passFinish(frame ?? bytes.subarray(at, end))
      this.#templates.clear()
      return end
    }
    if (frame === undefined) this.#output.pass(bytes, at, end)
    else this.#output.write([frame], bytes.length - end)
    const running = shape.hasText ? shape.running(this.#output.view, bytes) : undefined
    if (running !== undefined) this.#templates.adopt(running)
    return end
  }

  /** Ends the choices. An end that the vendor told last in this turn goes on as it came. */
  #finish(): void {
    for (const end of this.#assembler.finishFrames()) {
      if (end instanceof Uint8Array) this.#output.passPart(end, copyOfPart)
      else this.#output.write([frameBytes(end)])
    }
  }

  readonly #onEvent = (bytes: Uint8Array, start: number, end: number): void => {
    if (this.#failure !== undefined || this.#assembler.ended) return
    const own = bytes.subarray(start, end)
    const block = utf8.decode(own)
    const event = parseEvent(block)
    if (event === undefined || event.data.trim() === '') return
    if (event.data.trim() === '[DONE]') {
      this.#assembler.ended = true
      return
    }
    let json: unknown
    try {
      json = parseVendorJson(event.data)
    } catch (error) {
      // After its last finish reason an answer is whole, whatever follows.
      if (!this.#assembler.isWhole)
        this.#fail('The upstream sent an event that is not JSON.', error)
      return
    }
    // What leaves as it came stays in the run; the rest is a frame of our own.
    if (this.#decode(json, event, block, own, bytes.length - end))
      this.#output.pass(bytes, start, end)
  }

  /**
   * Reads an event. Says whether it is, as a frame, the text that it came as; whatever else becomes
   * of it is written.
   */
  #decode(
    json: unknown,
    event: ServerSentEvent,
    block: string,
    bytes: Uint8Array,
    rest: number,
  ): boolean {
    const assembler = this.#assembler
    const chunks: ChatCompletionChunk[] = []
    const deltas = this.#decoder.decode(json, event)
    const [only] = deltas.length === 1 ? deltas : []
    const standing =
      this.#known === undefined || only === undefined ? 'other' : assembler.standing(only)
    for (const delta of deltas) {
      const chunk = assembler.add(delta)
      if (chunk !== undefined) chunks.push(chunk)
      if (assembler.error !== undefined) {
        this.#failure = assembler.error
        break
      }
    }
    const chunk = chunks.length === 1 ? chunks[0]! : undefined
    const frame = chunk === undefined ? undefined : encodeFrame(chunk)
    const isUnchanged = frame === block
    if (!isUnchanged)
      this.#output.write(
        frame === undefined ? chunks.map(frameBytes) : [encoder.encode(frame)],
        rest,
      )
    if (only === undefined || (chunk === undefined && only.finishReason === undefined)) {
      this.#templates.clear()
      return isUnchanged
    }
    if (chunk === undefined) {
      this.#templates.clear()
      this.#hold(only, standing, block, bytes)
      return false
    }
    const learned =
      assembler.isRunning && assembler.hasWords && runs(chunk) && this.#templates.mayLearn()
        ? this.#templates.learn(chunk, event.data, block, isUnchanged ? bytes : undefined, frame!)
        : undefined
    // What such an event says to the decoder may be why the like of an earlier one means something
    // else from here on.
    if (learned === undefined) this.#templates.clear()
    else this.#templates.adopt(learned)
    if (!assembler.isRunning || this.#known === undefined) return isUnchanged
    // What is known of earlier streams is how they begin; looking for it costs more than parsing.
    if (this.#remembered++ >= MAX_REMEMBERED) return isUnchanged
    this.#known.learn({
      standing,
      block,
      bytes,
      delta: only,
      frame: isUnchanged ? undefined : frame!,
      running: learned,
    })
    return isUnchanged
  }

  /** Keeps the frame of an event that ends a choice, unless more of it follows. */
  #hold(delta: ChatDelta, standing: AssemblerStanding, block: string, bytes: Uint8Array): void {
    const index = delta.index ?? 0
    const chunk = this.#assembler.heldChunk(index)
    if (chunk === undefined) return
    const frame = encodeFrame(chunk)
    const isUnchanged = frame === block
    this.#assembler.holdFrame(index, isUnchanged ? bytes : encoder.encode(frame))
    this.#known?.learn({
      standing,
      block,
      bytes,
      delta,
      frame: isUnchanged ? undefined : frame,
      running: undefined,
    })
  }

  #take(): ChatBatch | undefined {
    if (!this.#assembler.meaningful) {
      this.#output.hold()
      return undefined
    }
    const source = this.#output.take()
    if (source === undefined) return undefined
    this.#delivered = true
    return new EventBatch(source, this.#gate, this.#templates.ofOutput)
  }

  #fail(message: string, cause: unknown): void {
    this.#failure = this.#assembler.meaningful
      ? incomplete(message, cause)
      : new ApiError('upstream_invalid_response', { message, cause })
  }
}

function incomplete(message: string, cause?: unknown): ApiError {
  return new ApiError('stream_incomplete', { message, cause })
}
