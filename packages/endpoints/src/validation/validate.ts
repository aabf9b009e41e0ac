import { ApiError } from '@sluice/core'
import type { z } from 'zod'
import { fieldPath } from './field-path.ts'
import { compileGuard, type Guard } from './compile-guard.ts'
import { describeIssue } from './describe-issue.ts'

type Issue = z.core.$ZodIssue

/**
 * zod goes on to list everything that is wrong unless told to stop; with a hundred thousand bad
 * items that takes a second, and one is told of.
 */
const FIRST_ISSUE: z.core.ParseContext<Issue> & { readonly abortEarly: true } = { abortEarly: true }

/**
 * Checks the params of an operation. Nothing is changed or filled in: what was sent is what is
 * served.
 * @throws ApiError 400 with `param`.
 */
export type ParamsCheck = (params: Readonly<Record<string, unknown>>) => void

interface Field {
  readonly name: string
  readonly schema: z.core.$ZodType & Pick<z.ZodType, 'safeParse'>
  readonly isPlain: Guard
  /** Its place in the schema. Of several faults the first in the schema's order is told. */
  readonly at: number
}

interface Fault {
  readonly issue: Issue
  readonly at: number
}

/**
 * Makes the check of a schema. Asked for the whole, zod makes two objects for every field that it
 * knows, sent or not, and a copy of all that was sent; of chat's 22 fields a request sends four. So
 * those that were sent are checked one by one, unless the schema has rules that take several
 * together. And what is plainly right is not shown to zod at all.
 */
export function paramsCheck(schema: z.ZodObject): ParamsCheck {
  const fields = Object.entries<Field['schema']>(schema.shape).map(([name, field], at): Field => ({
    name,
    schema: field,
    isPlain: compileGuard(field),
    at,
  }))
  const required = fields.filter((field) => !field.schema.safeParse(undefined).success)
  const byName = new Map(fields.map((field) => [field.name, field]))
  const hasRules = (schema.def.checks ?? []).length > 0
  const isPlain = compileGuard(schema)
  return (params) => {
    if (hasRules && isPlain(params)) return
    const issue = hasRules ? firstIssue(schema, params) : issueOfFields(required, byName, params)
    if (issue !== undefined) throw invalid(issue, params)
  }
}

function issueOfFields(
  required: readonly Field[],
  byName: ReadonlyMap<string, Field>,
  params: Readonly<Record<string, unknown>>,
): Issue | undefined {
  let found: Fault | undefined
  for (const field of required)
    if (params[field.name] === undefined) found = firstFault(found, field, undefined)
  for (const name in params) {
    const field = byName.get(name)
    if (field !== undefined && !field.isPlain(params[name]))
      found = firstFault(found, field, params[name])
  }
  return found?.issue
}

function firstFault(
  found: Fault | undefined,
  { name, schema, at }: Field,
  value: unknown,
): Fault | undefined {
  if (found !== undefined && found.at < at) return found
  const issue = firstIssue(schema, value)
  return issue === undefined ? found : { issue: { ...issue, path: [name, ...issue.path] }, at }
}

function firstIssue(schema: Field['schema'], value: unknown): Issue | undefined {
  const result = schema.safeParse(value, FIRST_ISSUE)
  return result.success ? undefined : result.error.issues[0]
}

function invalid(first: Issue, params: unknown): ApiError {
  const issue = deepest(first)
  const param = fieldPath(issue.path)
  const said = describeIssue(issue, valueAt(params, issue.path))
  return new ApiError('invalid_request_error', {
    message: param === null ? `Invalid request: ${said}.` : `Invalid '${param}': ${said}.`,
    param,
  })
}

/**
 * Of the alternatives of a union, those of another `type` are not what was meant. Of the rest a
 * wrong value says more than a wrong type, and then what is wrong with the one that got furthest.
 */
function deepest(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue
  const alternatives = issue.errors.flatMap((alternative) => alternative.slice(0, 1))
  const meant = alternatives.filter(({ path }) => path.length !== 1 || path[0] !== 'type')
  const [best] = (meant.length === 0 ? alternatives : meant).map(deepest).sort(bySignificance)
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
