import { ApiError } from '@sluice/core'
import type { z } from 'zod'
import { fieldPath } from './field-path.ts'
import { sayIssue } from './say-issue.ts'

type Issue = z.core.$ZodIssue

/** zod goes on to list everything that is wrong unless told to stop; with a hundred thousand bad items that takes a second, and one is told of. */
const FIRST_ISSUE: z.core.ParseContext<Issue> & { readonly abortEarly: true } = { abortEarly: true }

/** Checks params against a schema. Nothing is changed or filled in: what was sent is what is served. @throws ApiError 400 with `param`. */
export function validate(schema: z.ZodType, params: unknown): void {
  const result = schema.safeParse(params, FIRST_ISSUE)
  if (result.success) return
  const issue = deepest(result.error.issues[0]!)
  const param = fieldPath(issue.path)
  const said = sayIssue(issue, valueAt(params, issue.path))
  throw new ApiError('invalid_request_error', {
    message: param === null ? `Invalid request: ${said}.` : `Invalid '${param}': ${said}.`,
    param,
  })
}

/** Of the alternatives of a union, a wrong value says more than a wrong type, and then what is wrong with the one that got furthest. */
function deepest(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue
  const [best] = issue.errors
    .flatMap((alternative) => alternative.slice(0, 1))
    .map(deepest)
    .sort(bySignificance)
  if (best === undefined || (isOfType(best) && best.path.length === 0)) return issue
  return { ...best, path: [...issue.path, ...best.path] }
}

function bySignificance(a: Issue, b: Issue): number {
  return (
    Number(isOfType(a)) - Number(isOfType(b)) ||
    b.path.length - a.path.length ||
    Number(b.path.at(-1) ?? 0) - Number(a.path.at(-1) ?? 0) ||
    0
  )
}

function isOfType({ code }: Issue): boolean {
  return code === 'invalid_type'
}

function valueAt(params: unknown, path: readonly PropertyKey[]): unknown {
  let value = params
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<PropertyKey, unknown>)[step]
  }
  return value
}
