/** Who is calling. Limits, caches and stored answers are kept apart by it. */
export interface Principal {
  /** Names the credential, for limits and logs; never the credential itself. */
  readonly id: string
  /** Whose data this is. Nothing is shared across tenants. */
  readonly tenant: string
  /** Model names that may be used; `*` at the end stands for any rest. Absent: all. */
  readonly models?: readonly string[] | undefined
  /** Limits that replace the stage's own for this caller. */
  readonly limits?:
    | {
        readonly requestsPerMinute?: number | undefined
        readonly tokensPerMinute?: number | undefined
        readonly concurrency?: number | undefined
      }
    | undefined
}

/**
 * Whether a principal may use a model; an absent principal or list allows all, a list of the wrong
 * kind nothing.
 */
export function mayUseModel(principal: Principal | undefined, model: string): boolean {
  const allowed: unknown = principal?.models
  if (allowed === undefined) return true
  if (!Array.isArray(allowed)) return false
  return allowed.some(
    (name: unknown) =>
      typeof name === 'string' &&
      (name.endsWith('*') ? model.startsWith(name.slice(0, -1)) : name === model),
  )
}
