import { NamePattern } from './name-pattern.ts'
import type { RouteTarget } from './route-target.ts'

/** One place in a route: a target, or another route that stands in for it under a name. */
export type RouteEntry = { readonly weight: number | undefined } & (
  | { readonly target: RouteTarget }
  | { readonly alias: NamePattern; readonly route: Route }
)

/** A route's name and what it leads to. */
export interface Route {
  readonly pattern: NamePattern
  readonly entries: RouteEntry[]
}

/** A route that a name fits, with what its wildcards stand for. */
export interface RouteMatch {
  readonly route: Route
  readonly matched: readonly string[]
}

/** A target to ask, and the model to ask it for. */
export interface Candidate {
  readonly target: RouteTarget
  readonly model: string
  /** Whether chance decided about its place. */
  readonly isDrawn: boolean
}

/**
 * All routes by precedence: exact names first, then patterns from the most specific to the least.
 */
export class RouteTable {
  readonly #exact = new Map<string, Route>()
  readonly #wildcards: Route[] = []

  constructor(routes: readonly Route[]) {
    for (const route of routes) {
      if (route.pattern.wildcards === 0) this.#exact.set(route.pattern.text, route)
      else this.#wildcards.push(route)
    }
    this.#wildcards.sort((a, b) => NamePattern.compare(a.pattern, b.pattern))
  }

  /** The routes, first the exact ones. */
  get routes(): readonly Route[] {
    return [...this.#exact.values(), ...this.#wildcards]
  }

  find(name: string): RouteMatch | undefined {
    const exact = this.#exact.get(name)
    if (exact !== undefined) return { route: exact, matched: [] }
    for (const route of this.#wildcards) {
      const matched = route.pattern.match(name)
      if (matched !== undefined) return { route, matched }
    }
    return undefined
  }
}

/**
 * Whom to ask for a name, in which order. Neighbours with weights change places by chance; a target
 * that stands in several ways behind one name is asked once. Empty where a name such as `openai/`
 * leaves nothing to ask for.
 */
export function candidatesFor(
  { route, matched }: RouteMatch,
  name: string,
  random: () => number,
): Candidate[] {
  const steps: Candidate[] = []
  for (const entry of inOrder(route.entries, random)) {
    const isDrawn = entry.weight !== undefined
    if ('alias' in entry) {
      const alias = entry.alias.fill(matched)
      const found = { route: entry.route, matched: entry.route.pattern.match(alias) ?? [] }
      for (const step of candidatesFor(found, alias, random))
        add(steps, isDrawn ? { ...step, isDrawn } : step)
    } else {
      const model = entry.target.model === undefined ? name : entry.target.model.fill(matched)
      if (model !== '') add(steps, { target: entry.target, model, isDrawn })
    }
  }
  return steps
}

function add(steps: Candidate[], step: Candidate): void {
  if (!steps.some((one) => one.target === step.target && one.model === step.model)) steps.push(step)
}

function inOrder(entries: readonly RouteEntry[], random: () => number): readonly RouteEntry[] {
  if (entries.length === 1) return entries
  const ordered: RouteEntry[] = []
  let rank: RouteEntry[] = []
  for (const entry of entries) {
    if (entry.weight !== undefined) rank.push(entry)
    else {
      ordered.push(...byWeight(rank, random), entry)
      rank = []
    }
  }
  ordered.push(...byWeight(rank, random))
  return ordered
}

function byWeight(rank: RouteEntry[], random: () => number): RouteEntry[] {
  const ordered: RouteEntry[] = []
  let total = rank.reduce((sum, entry) => sum + entry.weight!, 0)
  while (rank.length > 1) {
    let ticket = random() * total
    let drawn = rank.findIndex((entry) => (ticket -= entry.weight!) < 0)
    // Rounding can leave a last crumb of the sum to nobody.
    if (drawn < 0) drawn = rank.length - 1
    const [entry] = rank.splice(drawn, 1)
    total -= entry!.weight!
    ordered.push(entry!)
  }
  return [...ordered, ...rank]
}
