import { ApiError } from '../errors/api-error.ts'
import type { Call } from './call.ts'
import { mayUseModel } from './principal.ts'

/**
 * The first model that a call names and its principal may not use; `undefined` where it may use
 * all. Beside the model itself, params may name some that a vendor is to fall back to (`models`) or
 * that a tool works with.
 */
export function forbiddenModel({ operation, principal, model, params }: Call): string | undefined {
  if (principal?.models === undefined || operation === 'models.list') return undefined
  if (!mayUseModel(principal, model)) return model
  const { models, tools, input } = params as Readonly<Record<string, unknown>>
  for (const name of Array.isArray(models) ? models : [models]) {
    if (name === undefined || name === null) continue
    if (typeof name !== 'string') return model
    if (!mayUseModel(principal, name)) return name
  }
  // Items of a response's input bring tools as well.
  const bringers = Array.isArray(input)
    ? [{ tools }, ...(input as readonly unknown[])]
    : [{ tools }]
  for (const bringer of bringers) {
    for (const name of toolModels(bringer)) if (!mayUseModel(principal, name)) return name
  }
  return undefined
}

/** The models that tools work with, those in a namespace too. */
function toolModels(bringer: unknown, depth = 0): string[] {
  const tools = (bringer as { readonly tools?: unknown } | null | undefined)?.tools
  if (!Array.isArray(tools) || depth > 2) return []
  return (tools as readonly unknown[]).flatMap((tool) => {
    const name = (tool as { readonly model?: unknown } | null | undefined)?.model
    return [...(typeof name === 'string' ? [name] : []), ...toolModels(tool, depth + 1)]
  })
}

/** The 404 for a model that does not exist or that a caller may not use: nobody learns which. */
export function modelNotFound(model: string): ApiError {
  return new ApiError('model_not_found', {
    message: `The model \`${model}\` does not exist or you do not have access to it.`,
    param: 'model',
  })
}
