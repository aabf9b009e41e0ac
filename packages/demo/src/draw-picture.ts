import type { IndexedPicture } from './encode-png.ts'

/** What is drawn. */
export interface Motif {
  /** The same text is the same picture. */
  readonly text: string
  /** Tells the pictures of one request apart. */
  readonly variant: number
  readonly width: number
  readonly height: number
  readonly isTransparent: boolean
  /** How much of it is done, from 0 to 1; the rest is still background. */
  readonly done: number
}

/** Cells along the shorter side. */
const CELLS = 12
const SKIES = 6
const INKS = 3

/** Draws a text: a symmetric figure of coloured cells before a sky, both of which are its own. */
export function drawPicture({
  text,
  variant,
  width,
  height,
  isTransparent,
  done,
}: Motif): IndexedPicture {
  const random = numbers(hash(`${variant}:${text}`))
  const cell = Math.max(1, Math.ceil(Math.min(width, height) / CELLS))
  const columns = Math.ceil(width / cell)
  const rows = Math.ceil(height / cell)
  const hue = random() * 360
  const skies = Array.from({ length: SKIES }, (_, at) =>
    colour(hue, 0.45, 0.3 + at * 0.09, isTransparent ? 0 : 255),
  )
  const inks = Array.from({ length: INKS }, (_, at) =>
    colour(hue + 120 + at * 60 + random() * 40, 0.7, 0.55, 255),
  )
  const lines = Array.from({ length: rows }, (_, row) => {
    const line = new Uint8Array(width)
    line.fill(Math.min(SKIES - 1, Math.floor((row * SKIES) / rows)))
    // Drawn from the middle to the edge, and mirrored; every cell takes its numbers, so that an
    // unfinished picture is part of the finished one.
    for (let column = Math.ceil(columns / 2) - 1; column >= 0; column--) {
      const isInk = random() < 0.25 + (0.5 * column) / columns
      const ink = SKIES + Math.floor(random() * INKS)
      if (!isInk || row >= rows * done) continue
      line.fill(ink, column * cell, (column + 1) * cell)
      line.fill(ink, Math.max(0, width - (column + 1) * cell), width - column * cell)
    }
    return line
  })
  return { width, height, palette: [...skies, ...inks], line: (y) => lines[Math.floor(y / cell)]! }
}

/** From hue (degrees), saturation and lightness (0 to 1). */
function colour(
  hue: number,
  saturation: number,
  lightness: number,
  opacity: number,
): [number, number, number, number] {
  const spread = saturation * Math.min(lightness, 1 - lightness)
  const channel = (shift: number) => {
    const at = (shift + hue / 30) % 12
    return Math.round(255 * (lightness - spread * Math.max(-1, Math.min(at - 3, 9 - at, 1))))
  }
  return [channel(0), channel(8), channel(4), opacity]
}

/** FNV-1a. */
function hash(text: string): number {
  let sum = 0x811c9dc5
  for (let at = 0; at < text.length; at++) sum = Math.imul(sum ^ text.charCodeAt(at), 0x01000193)
  return sum >>> 0
}

/** Numbers from 0 to 1, the same for the same seed (xorshift). */
function numbers(seed: number): () => number {
  let state = seed === 0 ? 1 : seed
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 4_294_967_296
  }
}
