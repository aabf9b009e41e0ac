import type { IncomingMessage } from 'node:http'
import { ApiError } from '@sluice/core'
import { discardUpload } from '../multipart/discard-upload.ts'
import type { Form } from '../multipart/form-entry.ts'
import { checkFormLimits } from '../multipart/form-limits.ts'
import { FormReader, type FormReaderOptions } from '../multipart/form-reader.ts'
import { hasHostForm, hostForm } from '../multipart/host-form.ts'
import { readBoundary } from '../multipart/read-boundary.ts'

/**
 * Takes the form of a request, unread or as the host's own upload middleware left it in memory.
 * Calls back exactly once; a form that it hands over has to be disposed of, whatever comes of the
 * call. What is left of a form that is refused is taken for a moment, then cut off.
 */
export function readForm(
  req: IncomingMessage,
  options: FormReaderOptions,
  done: (failure: ApiError | undefined, form?: Form) => void,
): void {
  const settle = (failure: ApiError | undefined, form?: Form) => {
    // A refusal goes out first: who is still sending would else never come to read it.
    done(failure, form)
    discardUpload(req)
  }
  const type = req.headers['content-type'] ?? ''
  if (!/^\s*multipart\/form-data\s*(?:;|$)/i.test(type)) {
    return settle(
      unsupported('This endpoint takes a form: send it with `content-type: multipart/form-data`.'),
    )
  }
  if (req.readableDidRead || req.readableEnded || req.destroyed) {
    const form = hasHostForm(req) ? hostForm(req) : undefined
    if (form === undefined) return done(consumed())
    try {
      checkFormLimits(form.entries, options.maxUploadBytes)
    } catch (error) {
      return done(ApiError.from(error))
    }
    return done(undefined, form)
  }
  const encoding = req.headers['content-encoding']?.trim().toLowerCase() ?? ''
  if (encoding !== 'identity' && encoding !== '')
    return settle(unsupported('A form must come without content-encoding.'))
  const boundary = readBoundary(type)
  if (boundary === undefined) {
    const message = 'The content-type names no boundary that a form may have.'
    return settle(new ApiError('invalid_request_error', { message }))
  }
  new FormReader(req, boundary, options, settle).start(Number(req.headers['content-length'] ?? 0))
}

function consumed(): ApiError {
  const message =
    'The form was consumed before it reached this route. Mount this before the upload middleware, or let that keep files in memory.'
  return new ApiError('body_already_consumed', { message })
}

function unsupported(message: string): ApiError {
  return new ApiError('unsupported_content_type', { message })
}
