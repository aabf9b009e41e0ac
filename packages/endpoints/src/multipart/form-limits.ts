import { ApiError } from '@sluice/core'
import type { FormEntry } from './form-entry.ts'

/** How much of a form is taken, whoever reads it. */
export const formLimits = {
  fields: 64,
  files: 16,
  fieldBytes: 1024 * 1024,
  nameLength: 256,
  /** All files together, as a multiple of the largest one. */
  filesOfLargest: 4,
} as const

/**
 * Holds a form that the host has read against the limits of our own reading.
 *
 * @throws ApiError 400 for too many or too long fields, 413 for files that are too large
 */
export function checkFormLimits(entries: readonly FormEntry[], maxUploadBytes: number): void {
  let files = 0
  let bytes = 0
  for (const { name, value } of entries) {
    if (name.length > formLimits.nameLength) throw nameRefused()
    if (typeof value === 'string') {
      if (Buffer.byteLength(value) > formLimits.fieldBytes) throw fieldTooLarge(name)
      continue
    }
    files++
    bytes += value.size ?? 0
    if ((value.size ?? 0) > maxUploadBytes) throw formTooLarge(maxUploadBytes, name)
  }
  if (bytes > maxUploadBytes * formLimits.filesOfLargest) throw formTooLarge(maxUploadBytes)
  if (files > formLimits.files)
    throw formRefused(`The form has more than ${formLimits.files} files.`)
  if (entries.length - files > formLimits.fields) {
    throw formRefused(`The form has more than ${formLimits.fields} fields.`)
  }
}

/** The 400 for a form. */
export function formRefused(message: string): ApiError {
  return new ApiError('invalid_request_error', { message })
}

/** The 400 for a part without a name that can be one. */
export function nameRefused(): ApiError {
  return formRefused('A part of the form has no name, or one that is not allowed.')
}

/** The 400 for a field that is too long. */
export function fieldTooLarge(name: string): ApiError {
  return formRefused(`The field ${quote(name)} is larger than ${formLimits.fieldBytes} bytes.`)
}

/** The 413 for the file of a name, or for all files together. */
export function formTooLarge(maxUploadBytes: number, name?: string): ApiError {
  const what = name === undefined ? 'The form' : `The file ${quote(name)}`
  return new ApiError('request_too_large', {
    message: `${what} is too large: a file may have ${maxUploadBytes} bytes, all together ${formLimits.filesOfLargest} times that.`,
    ...(name === undefined ? {} : { param: name.replace(/\[\]$/, '') }),
  })
}

function quote(name: string): string {
  return `'${name.slice(0, 60).replace(/[^\x20-\x7e]/g, '?')}'`
}
