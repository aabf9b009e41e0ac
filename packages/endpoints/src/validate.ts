import { ApiError } from '@sluice/core'
import type { z } from 'zod'

type Issue = z.core.$ZodIssue

/** Checks params against a schema. Nothing is changed or filled in: what was sent is what is served. @throws ApiError 400 with `param`. */
export function validate(schema: z.ZodType, params: unknown): void {
  const result = schema.safeParse(params)
  if (result.success) return
  const { path, message } = deepest(result.error.issues[0]!)
  const param = toParam(path)
  throw new ApiError('invalid_request_error', {
    message: param === null ? `Invalid request: ${message}.` : `Invalid '${param}': ${message}`.replace(/\.?$/, '.'),
    param,
  })
}

/** Of the alternatives of a union, what is wrong with the one that got furthest says most. */
function deepest(issue: Issue): { path: readonly PropertyKey[]; message: string } {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return { path: issue.path, message: say(issue) }
  const inner = issue.errors
    .flatMap((alternative) => alternative.slice(0, 1))
    .map(deepest)
    .sort((a, b) => b.path.length - a.path.length)[0]
  if (inner === undefined || inner.path.length === 0) return { path: issue.path, message: 'it has none of the types that are allowed here' }
  return { path: [...issue.path, ...inner.path], message: inner.message }
}

function say(issue: Issue): string {
  if (issue.code === 'invalid_type' && issue.input === undefined) return 'this parameter is required'
  return issue.message.replace(/^Invalid input: /, '').slice(0, 200)
}

/** `messages[0].content[1].text`, as OpenAI names fields. */
function toParam(path: readonly PropertyKey[]): string | null {
  let param = ''
  for (const step of path) param += typeof step === 'number' ? `[${step}]` : `${param === '' ? '' : '.'}${String(step)}`
  return param === '' ? null : param.slice(0, 200)
}
