import { ApiError } from '@sluice/core'
import type { UploadedFile } from '@sluice/core/wire'
import type { FormEntry } from './form-entry.ts'
import { nameRefused } from './form-limits.ts'

/** What the fields of a form stand for; those that are not named are text. */
export type FormShape = Readonly<Record<string, 'boolean' | 'file' | 'files' | 'number' | 'texts'>>

type Param = string | number | boolean | UploadedFile | (string | UploadedFile)[]

/**
 * The params that a form says. A name may end in `[]`; lists come as one part for each item, all
 * other fields once. What is not the number or boolean that it should be stays text, for validation
 * to find.
 *
 * @throws ApiError 400 with `param` for a field that comes twice
 */
export function formParams(
  entries: readonly FormEntry[],
  shape: FormShape,
): Record<string, unknown> {
  const params = new Map<string, Param>()
  for (const { name, value } of entries) {
    const isIndexed = name.length > 2 && name.endsWith('[]')
    const param = isIndexed ? name.slice(0, -2) : name
    // As a member of the params it would become their prototype wherever they are copied by
    // assignment.
    if (param === '__proto__') throw nameRefused()
    const kind = Object.hasOwn(shape, param) ? shape[param] : undefined
    const before = params.get(param)
    if (kind === 'files' || kind === 'texts' || (kind === undefined && isIndexed)) {
      if (Array.isArray(before)) before.push(value)
      else if (before === undefined) params.set(param, [value])
      else throw twice(param)
    } else if (before !== undefined) throw twice(param)
    else
      params.set(
        param,
        kind === undefined || typeof value !== 'string' ? value : scalar(kind, value),
      )
  }
  // Not by assignment, which would take some names for something else than a member.
  return Object.fromEntries(params)
}

function scalar(kind: FormShape[string], text: string): string | number | boolean {
  const plain = text.trim()
  if (kind === 'number' && /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(plain))
    return Number(plain)
  if (kind === 'boolean' && /^(?:true|false)$/i.test(plain)) return plain.toLowerCase() === 'true'
  if (kind === 'boolean' && /^[01]$/.test(plain)) return plain === '1'
  return text
}

function twice(param: string): ApiError {
  const shown = param.replace(/[^\x20-\x7e]/g, '?').slice(0, 60)
  return new ApiError('invalid_request_error', {
    message: `The form has more than one '${shown}'.`,
    param: shown,
  })
}
