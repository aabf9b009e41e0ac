import type { Route, Step } from './route-table.ts'

/** More names than this are hardly in use at a time, and each is up to 512 characters. */
const MAX_NAMES = 256

/**
 * Whom to ask for the names that were asked for lately, where nothing of that is left to chance. A gateway is asked for
 * the same few names over and over; whoever makes up others only has all forgotten.
 */
export class RememberedSteps {
  readonly #steps = new Map<string, readonly Step[]>()

  get size(): number {
    return this.#steps.size
  }

  get(name: string): readonly Step[] | undefined {
    return this.#steps.get(name)
  }

  /** Keeps the steps that a route gave for a name, unless another call may get them in another order. */
  keep(name: string, route: Route, steps: readonly Step[]): void {
    if (isDrawn(route)) return
    if (this.#steps.size >= MAX_NAMES) this.#steps.clear()
    this.#steps.set(name, steps)
  }
}

/** Whether weights decide about the order, here or behind an alias. Routes that lead in a circle are refused before. */
function isDrawn(route: Route): boolean {
  return route.entries.some((entry) => entry.weight !== undefined || ('alias' in entry && isDrawn(entry.route)))
}
