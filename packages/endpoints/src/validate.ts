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

/** Of the alternatives of a union, what is wrong with the one that got furthest says most, and a wrong value more than a wrong type. */
function deepest(issue: Issue): Issue {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return issue
  const candidates = issue.errors.flatMap((alternative) => alternative.slice(0, 1)).map(deepest)
  const furthest = candidates.sort((a, b) => weight(b) - weight(a))[0]
  if (furthest === undefined || weight(furthest) === 0) return issue
  return { ...furthest, path: [...issue.path, ...furthest.path] }
}

function weight({ code, path }: Issue): number {
  return path.length * 2 + (code === 'invalid_type' ? 0 : 1)
}

function valueAt(params: unknown, path: readonly PropertyKey[]): unknown {
  let value = params
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<PropertyKey, unknown>)[step]
  }
  return value
}
