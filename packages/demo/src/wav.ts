import type { UploadedFile } from '@sluice/core/wire'

/** What the head of a WAV file says of the sound in it. */
export interface WavFormat {
  readonly channels: number
  /** Samples a second, of each channel. */
  readonly sampleRate: number
  readonly bitsPerSample: number
  /** Length of the samples in bytes. */
  readonly dataBytes: number
}

/** A head longer than that is not looked through. */
const MAX_HEAD_BYTES = 64 * 1024

/** Reads the head of a WAV file; `undefined` where the file is none. */
export async function readWavFormat(file: UploadedFile): Promise<WavFormat | undefined> {
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of file.open()) {
    pieces.push(piece)
    length += piece.length
    if (length >= MAX_HEAD_BYTES) break
  }
  return parseWavHead(Buffer.concat(pieces, length), file.size)
}

/** Reads the head of a WAV file of `size` bytes from its beginning. */
function parseWavHead(head: Buffer, size: number): WavFormat | undefined {
  if (
    head.length < 12 ||
    head.toString('latin1', 0, 4) !== 'RIFF' ||
    head.toString('latin1', 8, 12) !== 'WAVE'
  )
    return undefined
  let format: Omit<WavFormat, 'dataBytes'> | undefined
  for (let at = 12; at + 8 <= head.length;) {
    const id = head.toString('latin1', at, at + 4)
    const bytes = head.readUInt32LE(at + 4)
    if (id === 'fmt ' && at + 24 <= head.length) {
      format = {
        channels: head.readUInt16LE(at + 10),
        sampleRate: head.readUInt32LE(at + 12),
        bitsPerSample: head.readUInt16LE(at + 22),
      }
    }
    // What was recorded into a pipe does not know its length, and says the largest there is.
    if (id === 'data') return format && { ...format, dataBytes: Math.min(bytes, size - at - 8) }
    at += 8 + bytes + (bytes % 2)
  }
  return undefined
}

/** How long the sound is, in seconds; 0 where the head makes no sense. */
export function secondsOf({ channels, sampleRate, bitsPerSample, dataBytes }: WavFormat): number {
  const perSecond = (channels * sampleRate * bitsPerSample) / 8
  return perSecond > 0 ? dataBytes / perSecond : 0
}

/** The head of a WAV file of 16-bit mono samples. */
export function wavHead(sampleRate: number, dataBytes: number): Buffer {
  const head = Buffer.alloc(44)
  head.write('RIFF', 0)
  head.writeUInt32LE(36 + dataBytes, 4)
  head.write('WAVEfmt ', 8)
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(1, 22)
  head.writeUInt32LE(sampleRate, 24)
  head.writeUInt32LE(sampleRate * 2, 28)
  head.writeUInt16LE(2, 32)
  head.writeUInt16LE(16, 34)
  head.write('data', 36)
  head.writeUInt32LE(dataBytes, 40)
  return head
}
