import { EFFORTS } from '../openai-compatible-spec.ts'

/**
 * The word for an effort that comes nearest to the one that is asked for, rather more than less; a
 * word that nobody knows stays.
 */
export function nearestEffort(asked: string, known: readonly string[] | undefined): string {
  const order: readonly string[] = EFFORTS
  const at = order.indexOf(asked)
  if (at < 0 || known === undefined || known.includes(asked)) return asked
  const distance = (effort: string) => Math.abs(order.indexOf(effort) - at)
  return known.reduce((nearest, effort) =>
    distance(effort) <= distance(nearest) ? effort : nearest,
  )
}
