import type { UploadedFile } from '@sluice/core/wire'
import type { FormPart } from '../../vendor-spec/provider-spec.ts'
import { isObject } from '../../vendor-spec/json.ts'
import type { Json } from '../openai-compatible-spec.ts'

/**
 * Params as the parts of a form: lists as one part for each item, named with `[]`, except a list of
 * one file, which stands alone as older servers want it; objects as JSON. `null` and `undefined`
 * are left out.
 */
export function encodeForm(params: Json): FormPart[] {
  return Object.entries(params).flatMap(([name, value]): FormPart[] => {
    if (value === undefined || value === null) return []
    if (!Array.isArray(value)) return [{ name, value: partValue(value) }]
    const items = value as readonly unknown[]
    const isOneFile = items.length === 1 && isFile(items[0])
    return items.map((item) => ({ name: isOneFile ? name : `${name}[]`, value: partValue(item) }))
  })
}

function partValue(value: unknown): string | UploadedFile {
  if (typeof value === 'string' || isFile(value)) return value
  return JSON.stringify(value)
}

function isFile(value: unknown): value is UploadedFile {
  return isObject(value) && typeof value['open'] === 'function'
}
