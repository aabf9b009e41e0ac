import type { Batch, Gate } from '@sluice/core'

/** A slice of an answer that is not JSON. */
export class BinaryBatch implements Batch<never, never> {
  readonly framing = 'binary'
  readonly bytes: Uint8Array
  readonly contentType: string
  readonly gate: Gate
  readonly usage = undefined

  constructor(bytes: Uint8Array, contentType: string, gate: Gate) {
    this.bytes = bytes
    this.contentType = contentType
    this.gate = gate
  }

  chunks(): never[] {
    return []
  }

  document(): undefined {
    return undefined
  }

  /** What a plain transcription or subtitles say; sound has no text. */
  text(): string {
    return this.contentType.startsWith('text/') ? new TextDecoder().decode(this.bytes) : ''
  }
}
