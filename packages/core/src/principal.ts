import { ApiError } from './api-error.ts'
import type { Call } from './call.ts'

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
      typeof name === 'string' && (name.endsWith('*') ? model.startsWith(name.slice(0, -1)) : name === model),
  )
}

/**
 * The first model that a call names and its principal may not use; `undefined` where it may use
 * all. Beside the model itself, params may name some that a vendor is to fall back to (`models`) or
 * that a tool works with.
 */
export function forbiddenModel({ operation, principal, model, params }: Call): string | undefined {
  if (principal?.models === undefined || operation === 'models.list') return undefined
  if (!mayUseModel(principal, model)) return model
  const { models, tools } = params as { readonly models?: unknown; readonly tools?: unknown }
  for (const name of Array.isArray(models) ? models : [models]) {
    if (name === undefined || name === null) continue
    if (typeof name !== 'string') return model
    if (!mayUseModel(principal, name)) return name
  }
  for (const tool of Array.isArray(tools) ? (tools as readonly unknown[]) : []) {
    const name = (tool as { readonly model?: unknown } | null | undefined)?.model
    if (typeof name === 'string' && !mayUseModel(principal, name)) return name
  }
  return undefined
}

/** The 404 for a model that does not exist or that a caller may not use: nobody learns which. */
export function modelNotFound(model: string): ApiError {
  return new ApiError('model_not_found', {
    message: `The model \`${model}\` does not exist or you do not have access to it.`,
    param: 'model',
  })
}
