/** Runs of a property where its file is among the quick tests. */
const QUICK_RUNS = 100

/**
 * Returns how often a property is tried: fewer times in the project `unit`, which sets `FULL_RUNS`
 * to 0 so as to answer quickly, and `full` times everywhere else.
 */
export function runs(full: number): number {
  return process.env['FULL_RUNS'] === '0' ? Math.min(full, QUICK_RUNS) : full
}
