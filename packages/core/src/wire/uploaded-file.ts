/**
 * A file that a client sent in a form. It can be read as often as needed while the call runs;
 * afterwards it is gone.
 */
export interface UploadedFile {
  /** Without any folder. */
  readonly filename: string
  readonly contentType: string
  /** Length in bytes. */
  readonly size: number
  /** The bytes from the beginning. */
  open(): AsyncIterable<Uint8Array>
}
