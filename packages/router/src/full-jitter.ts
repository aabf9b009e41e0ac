const CAP_MS = 8000

/**
 * How long to wait before a repeat: anything between nothing and a limit that doubles with every
 * round, up to 8 s. Spreading over the whole range keeps callers who failed together from coming
 * back together.
 */
export function fullJitterMs(baseMs: number, round: number, random: () => number): number {
  return random() * Math.min(CAP_MS, baseMs * 2 ** round)
}
