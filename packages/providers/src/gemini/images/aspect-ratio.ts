/** Shapes that all of Gemini's image models draw. */
const RATIOS: readonly (readonly [string, number])[] = [
  ['1:1', 1],
  ['3:4', 3 / 4],
  ['4:3', 4 / 3],
  ['9:16', 9 / 16],
  ['16:9', 16 / 9],
]

/** The shape that comes nearest to a size such as `1536x1024`; `undefined` where the model may choose. */
export function aspectRatio(size: string | null | undefined): string | undefined {
  const [, width, height] = /^(\d{1,5})x(\d{1,5})$/.exec(size ?? '') ?? []
  if (!(Number(width) > 0) || !(Number(height) > 0)) return undefined
  const wanted = Math.log(Number(width) / Number(height))
  const distance = ([, ratio]: readonly [string, number]) => Math.abs(Math.log(ratio) - wanted)
  return RATIOS.toSorted((a, b) => distance(a) - distance(b))[0]![0]
}
