import { open, unlink, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { UploadedFile } from '@sluice/core/wire'

/** What is kept in memory of one file, before it goes to disk. */
const MAX_MEMORY_BYTES = 64 * 1024
const READ_BYTES = 64 * 1024

/**
 * A file as it arrives: small ones stay in memory, larger ones go to a file in the system's
 * temporary folder, whose name is taken away as soon as it is open, so that not even a crash leaves
 * it behind.
 */
export class SpooledFile implements UploadedFile {
  readonly filename: string
  readonly contentType: string
  #size = 0
  #pieces: Uint8Array[] = []
  #handle: FileHandle | undefined
  /** Where the system keeps the name of an open file (Windows), it goes last. */
  #path: string | undefined
  #disposed = false

  constructor(filename: string, contentType: string) {
    this.filename = filename
    this.contentType = contentType
  }

  get size(): number {
    return this.#size
  }

  /** Takes the next bytes; wait for it before the next call. */
  async append(piece: Uint8Array): Promise<void> {
    this.#size += piece.length
    if (this.#handle === undefined && this.#size <= MAX_MEMORY_BYTES) {
      this.#pieces.push(piece)
      return
    }
    if (this.#handle === undefined) {
      await this.#openFile()
      piece = Buffer.concat([...this.#pieces, piece])
      this.#pieces = []
    }
    let at = 0
    while (at < piece.length && this.#handle !== undefined)
      at += (await this.#handle.write(piece, at)).bytesWritten
  }

  async *open(): AsyncGenerator<Uint8Array> {
    if (this.#disposed) throw new Error('The uploaded file is gone: its call has ended.')
    if (this.#handle === undefined) {
      yield* this.#pieces
      return
    }
    for (let at = 0; at < this.#size;) {
      const room = Buffer.allocUnsafe(Math.min(READ_BYTES, this.#size - at))
      // By position, so that several readers do not disturb each other.
      const { bytesRead } = await this.#handle.read(room, 0, room.length, at)
      if (bytesRead === 0) throw new Error('The uploaded file ended early.')
      at += bytesRead
      yield room.subarray(0, bytesRead)
    }
  }

  /** Lets the bytes go, in memory and on disk. */
  dispose(): void {
    if (this.#disposed) return
    this.#disposed = true
    this.#pieces = []
    void this.#closeFile()
  }

  async #openFile(): Promise<void> {
    const path = join(tmpdir(), `sluice-upload-${globalThis.crypto.randomUUID()}`)
    this.#handle = await open(path, 'wx+', 0o600)
    await unlink(path).catch(() => {
      this.#path = path
    })
    if (this.#disposed) await this.#closeFile()
  }

  async #closeFile(): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    // There is nobody left to tell, and nothing more to try.
    await handle?.close().catch(() => {})
    if (this.#path !== undefined) await unlink(this.#path).catch(() => {})
  }
}
