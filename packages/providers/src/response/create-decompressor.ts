import type { Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { wordTable } from '@sluice/core/internal'

const DECOMPRESSORS = wordTable<() => Transform>({
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
})

/** Makes what undoes a `content-encoding`; `undefined` for one that nobody asked for. */
export function createDecompressor(encoding: string): Transform | undefined {
  return DECOMPRESSORS.get(encoding)?.()
}
