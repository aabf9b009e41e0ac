/**
 * Of some shapes, such as `16:9`, the one that comes nearest to a size such as `1536x1024`;
 * `undefined` where no size is given and the vendor may choose.
 */
export function nearestRatio(size: unknown, ratios: readonly string[]): string | undefined {
  const [, width, height] = /^(\d{1,5})x(\d{1,5})$/.exec(typeof size === 'string' ? size : '') ?? []
  if (!(Number(width) > 0) || !(Number(height) > 0)) return undefined
  const wanted = Math.log(Number(width) / Number(height))
  const distance = (ratio: string) => {
    const [across, down] = ratio.split(':').map(Number)
    return Math.abs(Math.log(across! / down!) - wanted)
  }
  return ratios.toSorted((a, b) => distance(a) - distance(b))[0]
}
