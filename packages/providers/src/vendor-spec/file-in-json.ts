import type { UploadedFile } from '@sluice/core/wire'

/**
 * Stands in a JSON body for a file: it is sent as a string of its base64, behind `prefix`, and
 * never held in memory whole. An encoded request lists those that its body holds.
 */
export class FileInJson {
  /** What JSON holds until the file takes its place; nobody can guess it. */
  readonly mark: string = `file-${globalThis.crypto.randomUUID()}`
  readonly #file: UploadedFile
  readonly #prefix: string

  constructor(file: UploadedFile, prefix = '') {
    this.#file = file
    this.#prefix = prefix
  }

  toJSON(): string {
    return this.mark
  }

  /** Bytes between the quotes. */
  get length(): number {
    return this.#prefix.length + Math.ceil(this.#file.size / 3) * 4
  }

  /** The bytes between the quotes. */
  async *read(): AsyncGenerator<Uint8Array> {
    if (this.#prefix !== '') yield Buffer.from(this.#prefix)
    let rest: Uint8Array = new Uint8Array(0)
    for await (const piece of this.#file.open()) {
      const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece])
      // Three bytes make four characters; what is left over begins the next piece.
      const whole = bytes.length - (bytes.length % 3)
      rest = bytes.subarray(whole)
      if (whole > 0) yield base64(bytes.subarray(0, whole))
    }
    if (rest.length > 0) yield base64(rest)
  }
}

/** A file as a `data:` URL in a JSON body. */
export function fileDataUrl(file: UploadedFile): FileInJson {
  const type = /^[\w.+-]+\/[\w.+-]+$/.test(file.contentType)
    ? file.contentType
    : 'application/octet-stream'
  return new FileInJson(file, `data:${type};base64,`)
}

function base64(bytes: Uint8Array): Buffer {
  return Buffer.from(
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'),
    'latin1',
  )
}
