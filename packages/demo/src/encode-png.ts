import { crc32, deflate } from 'node:zlib'

/** A picture of at most 256 colours. */
export interface IndexedPicture {
  readonly width: number
  readonly height: number
  /** Red, green, blue and opacity, each from 0 to 255. */
  readonly palette: readonly (readonly [number, number, number, number])[]
  /** The colours of a line, one byte for each pixel. */
  line(y: number): Uint8Array
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

/** A picture as PNG (ISO 15948), compressed away from the main thread. */
export async function encodePng(picture: IndexedPicture): Promise<Buffer> {
  const { width, height, palette } = picture
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head[8] = 8
  head[9] = 3
  const lines = Buffer.alloc((width + 1) * height)
  for (let y = 0; y < height; y++) lines.set(picture.line(y), y * (width + 1) + 1)
  const data = await new Promise<Buffer>((resolve, reject) => {
    deflate(lines, { level: 6 }, (error, compressed) =>
      error === null ? resolve(compressed) : reject(error),
    )
  })
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', head),
    chunk('PLTE', Buffer.from(palette.flatMap(([red, green, blue]) => [red, green, blue]))),
    chunk('tRNS', Buffer.from(palette.map(([, , , opacity]) => opacity))),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const bytes = Buffer.alloc(12 + data.length)
  bytes.writeUInt32BE(data.length, 0)
  bytes.write(type, 4, 'latin1')
  bytes.set(data, 8)
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length)
  return bytes
}
