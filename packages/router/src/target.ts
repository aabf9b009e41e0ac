import type { Handler, Operation } from '@sluice/core'

/**
 * What can answer a routed call: any `Handler`. What a provider has beside the function is used
 * where it is there.
 */
export interface TargetHandler extends Handler {
  /** Name in `x-sluice-provider` and in `owned_by` of listed models. @defaultValue `custom` */
  readonly id?: string
  /**
   * Whether it can do an operation at all. A target that cannot is passed over without being asked.
   * Absent: it is asked.
   */
  supports?(operation: Operation): boolean
  /** Called when the router is closed. */
  close?(): void
}

/** A target with what the route says about it. */
export interface TargetOptions {
  /**
   * Who answers: a handler, or the name of another route, which then stands in this place with all
   * its targets.
   */
  readonly to: TargetHandler | string
  /**
   * The model to ask for instead of the name that the client gave. Each `*` stands for what the
   * wildcard in the same place of the route's name matched: with `'openai/*'` and `model: '*'`,
   * `openai/org/m:free` asks for `org/m:free`. Not for an alias, whose own route decides.
   */
  readonly model?: string | undefined
  /**
   * Share of the calls that come here first, among neighbours in the array that have a weight too.
   * Above 0. Absent: its place in the array decides.
   */
  readonly weight?: number | undefined
  /**
   * Answers that may be under way at a time, each held to its last byte. Absent: as many as come.
   */
  readonly maxConcurrent?: number | undefined
  /**
   * Calls that may wait for a place; the next one goes to the next target, or gets a 503
   * `overloaded`.
   * @defaultValue 100
   */
  readonly maxQueue?: number | undefined
}

/** Where a route leads: a handler, one with options, or the name of another route (an alias). */
export type Target = TargetHandler | TargetOptions | string

/**
 * Model names to targets. A name is exact or has wildcards (`gpt-*`, `openai/*`, `*`), each
 * standing for any text, also for none. An array is asked in its order until one answers.
 */
export type Routes = Readonly<Record<string, Target | readonly Target[]>>
