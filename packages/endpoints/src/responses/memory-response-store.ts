import {
  checkOptions,
  option,
  systemClock,
  type Clock,
  type ResponseStore,
  type StoredResponse,
} from '@sluice/core'

/** How much a memory store takes. */
export interface MemoryResponseStoreOptions {
  /**
   * Entries of all owners together: one for a response, and one for each item of its output, which
   * later inputs may refer to. Those put longest ago make room. @defaultValue 30_000
   */
  readonly maxResponses?: number | undefined
  /**
   * About the memory that they take. One that is larger by itself is not kept.
   * @defaultValue 256 MiB
   */
  readonly maxBytes?: number | undefined
  readonly clock?: Clock | undefined
}

const RULES = { maxResponses: option.positive, maxBytes: option.positive, clock: option.object }

interface Entry {
  readonly json: string
  readonly bytes: number
  readonly expiresAtMs: number
}

/**
 * Keeps responses in the process: bounded by number and size, gone with the process, seen by no
 * other. It sets no timers; what has expired goes when it is asked for or when room is needed.
 *
 * @throws ConfigError `ERR_ENDPOINTS_OPTIONS`
 */
export function memoryResponseStore(options: MemoryResponseStoreOptions = {}): ResponseStore {
  checkOptions('memoryResponseStore', 'ERR_ENDPOINTS_OPTIONS', options, RULES)
  const { maxResponses = 30_000, maxBytes = 256 * 1024 * 1024, clock = systemClock } = options
  return new MemoryResponseStore(maxResponses, maxBytes, clock)
}

class MemoryResponseStore implements ResponseStore {
  readonly #maxResponses: number
  readonly #maxBytes: number
  readonly #clock: Clock
  /** In the order in which they were put. */
  readonly #entries = new Map<string, Entry>()
  #bytes = 0

  constructor(maxResponses: number, maxBytes: number, clock: Clock) {
    this.#maxResponses = maxResponses
    this.#maxBytes = maxBytes
    this.#clock = clock
  }

  get(owner: string, id: string): StoredResponse | undefined {
    const key = keyOf(owner, id)
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    if (entry.expiresAtMs > this.#clock.now()) return JSON.parse(entry.json) as StoredResponse
    this.#remove(key, entry)
    return undefined
  }

  put(owner: string, id: string, stored: StoredResponse, ttlMs: number): void {
    const key = keyOf(owner, id)
    const before = this.#entries.get(key)
    if (before !== undefined) this.#remove(key, before)
    // As text it can be changed by nobody, and its size is known. V8 takes one or two bytes for a
    // character.
    const json = JSON.stringify(stored)
    const bytes = (json.length + key.length) * 2
    if (bytes > this.#maxBytes) return
    this.#entries.set(key, { json, bytes, expiresAtMs: this.#clock.now() + ttlMs })
    this.#bytes += bytes
    for (const [oldest, entry] of this.#entries) {
      if (this.#entries.size <= this.#maxResponses && this.#bytes <= this.#maxBytes) return
      this.#remove(oldest, entry)
    }
  }

  delete(owner: string, id: string): boolean {
    const key = keyOf(owner, id)
    const entry = this.#entries.get(key)
    if (entry === undefined) return false
    this.#remove(key, entry)
    return entry.expiresAtMs > this.#clock.now()
  }

  #remove(key: string, entry: Entry): void {
    this.#entries.delete(key)
    this.#bytes -= entry.bytes
  }
}

/** The length tells where the owner ends, whatever characters it has. */
function keyOf(owner: string, id: string): string {
  return `${owner.length}:${owner}${id}`
}
