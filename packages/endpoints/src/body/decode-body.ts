import {
  brotliDecompress,
  constants,
  gunzip,
  inflate,
  zstdDecompress,
  type BrotliOptions,
  type ZlibOptions,
  type ZstdOptions,
} from 'node:zlib'
import { ApiError } from '@sluice/core'
import { wordTable } from '@sluice/core/internal'
import { tooLarge } from './too-large.ts'

type Options = ZlibOptions & BrotliOptions & ZstdOptions & { maxOutputLength: number }
type Decompress = (
  bytes: Buffer,
  options: Options,
  done: (error: Error | null, plain: Buffer) => void,
) => void
type Done = (error: ApiError | undefined, bytes?: Buffer) => void

/** Clients compress once; a few layers more are undone as well, each of them bounded. */
const MAX_LAYERS = 4
/**
 * Bits of the window that zstd may ask for: what a decoder has to have (RFC 9659), and what one
 * ever needs by default.
 */
const MIN_WINDOW_BITS = 23
const MAX_WINDOW_BITS = 27

const DECOMPRESS = wordTable<Decompress>({
  gzip: gunzip,
  'x-gzip': gunzip,
  deflate: inflate,
  br: brotliDecompress,
  zstd: unzstd,
})

/**
 * Undoes the encodings that a `content-encoding` header lists (RFC 9110, 8.4), the last one first.
 * Calls back exactly once.
 */
export function decodeBody(bytes: Buffer, header: string, maxBytes: number, done: Done): void {
  const names = header
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity')
  const layers = names.map((name) => DECOMPRESS.get(name))
  if (layers.length > MAX_LAYERS || layers.includes(undefined)) {
    const message = 'The content-encoding of the body is not supported.'
    return done(new ApiError('unsupported_content_type', { message }))
  }
  undo(bytes, layers as Decompress[], maxBytes, done)
}

function undo(bytes: Buffer, layers: readonly Decompress[], maxBytes: number, done: Done): void {
  const last = layers.at(-1)
  if (last === undefined) return done(undefined, bytes)
  last(bytes, { maxOutputLength: maxBytes }, (error, plain) => {
    if (error === null) return undo(plain, layers.slice(0, -1), maxBytes, done)
    const isTooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
    const message = 'The request body is not what its content-encoding says.'
    done(isTooLarge ? tooLarge(maxBytes) : new ApiError('invalid_request_error', { message }))
  })
}

/**
 * A window is memory that is taken before a byte has come out, so none is larger than what may come
 * out.
 */
function unzstd(bytes: Buffer, options: Options, done: Parameters<Decompress>[2]): void {
  const bits = Math.ceil(Math.log2(options.maxOutputLength))
  const windowBits = Math.min(Math.max(bits, MIN_WINDOW_BITS), MAX_WINDOW_BITS)
  zstdDecompress(
    bytes,
    { ...options, params: { [constants.ZSTD_d_windowLogMax]: windowBits } },
    done,
  )
}
