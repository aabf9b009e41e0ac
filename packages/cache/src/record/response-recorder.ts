import type { Batch, Call } from '@sluice/core'
import { byteLengthOf } from '@sluice/core/internal'
import type { ChatCompletion, CompletionUsage } from '@sluice/core/wire'
import { CACHE_ENTRY_VERSION, type CacheEntry } from '../store/cache-entry.ts'
import type { CacheableOperation } from '../form/cacheable-operations.ts'
import { finishKindOfDocument, endingOfEvents, type FinishKind } from './finish-kind.ts'
import { messageEnding } from './message-ending.ts'
import { isWholeList } from './is-whole-list.ts'

/** Which answers are worth keeping. */
export interface ResponseRecorderOptions {
  readonly operation: CacheableOperation
  readonly maxEntryBytes: number
  /** Whether answers that call tools are kept. */
  readonly toolCalls: boolean
}

/**
 * Listens to an answer on its way and makes an entry of it, where it turns out whole and worth
 * keeping.
 */
export class ResponseRecorder {
  readonly #options: ResponseRecorderOptions
  #parts: Batch[] = []
  #length = 0
  #usage: CompletionUsage | null = null
  #isSpoiled = false

  constructor(options: ResponseRecorderOptions) {
    this.#options = options
  }

  add(batch: Batch): void {
    if (batch.usage !== undefined) this.#usage = batch.usage
    // A message tells what it cost in its own events.
    const isUsage = batch.usage !== undefined && this.#options.operation.isMessage !== true
    if (this.#isSpoiled || (isUsage && batch.framing === 'events')) return
    this.#length += byteLengthOf(batch)
    const first = this.#parts[0]
    this.#isSpoiled =
      batch.framing === 'binary' ||
      batch.contentType !== undefined ||
      (first !== undefined && (first.framing !== batch.framing || batch.framing === 'document')) ||
      this.#length > this.#options.maxEntryBytes
    if (this.#isSpoiled) this.#parts = []
    else this.#parts.push(batch)
  }

  /**
   * The entry for an answer that has completed; nothing where it was cut short, is too long, or is
   * of a kind not kept.
   */
  finish(call: Call, storedAtMs: number): CacheEntry | undefined {
    const [first] = this.#parts
    if (first === undefined || this.#length === 0) return undefined
    const bytes = this.#join()
    const { isCompletion, isMessage } = this.#options.operation
    if (isCompletion || isMessage === true) {
      const ending = this.#ending(first, bytes)
      if (ending === 'truncated' || (ending === 'tool_calls' && !this.#options.toolCalls))
        return undefined
      if (isCompletion)
        this.#usage ??= (first.document() as ChatCompletion | undefined)?.usage ?? null
    } else if (!isWholeList(call, bytes)) return undefined
    return {
      version: CACHE_ENTRY_VERSION,
      operation: call.operation,
      framing: first.framing as CacheEntry['framing'],
      bytes,
      usage: this.#usage,
      provider: call.report.provider ?? null,
      model: call.report.model ?? null,
      droppedParams: [...call.report.droppedParams],
      storedAtMs,
    }
  }

  #ending(first: Batch, bytes: Uint8Array): FinishKind {
    try {
      if (this.#options.operation.isMessage === true)
        return messageEnding({ framing: first.framing as CacheEntry['framing'], bytes })
      return first.framing === 'events'
        ? endingOfEvents(bytes)
        : finishKindOfDocument(first.document() as ChatCompletion)
    } catch {
      // What cannot be read is handed on, but not kept.
      return 'truncated'
    }
  }

  /**
   * A copy even of a single part, which may be a corner of a large read buffer that it would keep
   * alive.
   */
  #join(): Uint8Array {
    const bytes = new Uint8Array(this.#length)
    let at = 0
    for (const part of this.#parts) {
      bytes.set(part.bytes, at)
      at += part.bytes.length
    }
    return bytes
  }
}
