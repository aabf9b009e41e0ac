/** How the gateway's process stands. */
export interface Figures {
  readonly rssBytes: number
  readonly heapBytes: number
  /** Memory of buffers, outside the heap. */
  readonly bufferBytes: number
  /** Requests that hold a permit of the limiter. */
  readonly permits: number
  /** Timers set by the gateway that have not fired. */
  readonly timers: number
  /** Open sockets, listening ones included. */
  readonly sockets: number
  /** Listeners on the process object. */
  readonly listeners: number
}

/** Growth of a line through samples, per minute. Each is a time in minutes and a value. */
export function slopeOf(samples: readonly (readonly [minutes: number, value: number])[]): number {
  const mean = (pick: 0 | 1) =>
    samples.reduce((sum, sample) => sum + sample[pick], 0) / samples.length
  const [middle, level] = [mean(0), mean(1)]
  const spread = samples.reduce((sum, [at]) => sum + (at - middle) ** 2, 0)
  if (spread === 0) return 0
  return samples.reduce((sum, [at, value]) => sum + (at - middle) * (value - level), 0) / spread
}
