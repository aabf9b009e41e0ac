import type { TextFilter } from './text-filter.ts'

/** Decides how much of the texts of a response leaves, and with that where the response ends. */
export interface TextLimiter {
  /** For one text, by what its events are called. What it gives after the end is nothing. */
  readonly filter: (stem: string) => TextFilter
  /** Whether the end has come. */
  readonly isOver: boolean
  /** Why a response is incomplete that ends there; `undefined` where it counts as complete. */
  readonly reason?: string | undefined
}

/** For texts that nobody limits. */
export const unlimited: TextFilter = { push: (text) => text, end: () => '' }
