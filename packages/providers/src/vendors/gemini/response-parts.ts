import { ApiError } from '@sluice/core'
import type { Part } from './content.ts'
import { finishReasonOf } from './decode/finish-reasons.ts'
import { isObject } from './json.ts'

/**
 * The parts of an answer's first candidate.
 *
 * @throws ApiError 400 where the request or the answer was blocked, `TypeError` where there is no
 * candidate
 */
export function responseParts(document: unknown): readonly Part[] {
  if (!isObject(document)) throw new TypeError('not an object')
  const feedback = document['promptFeedback']
  const blocked = isObject(feedback) ? feedback['blockReason'] : undefined
  if (typeof blocked === 'string') throw refused(blocked)
  const [candidate] = Array.isArray(document['candidates'])
    ? (document['candidates'] as unknown[])
    : []
  if (!isObject(candidate)) throw new TypeError('no candidate')
  const content = candidate['content']
  const parts =
    isObject(content) && Array.isArray(content['parts']) ? (content['parts'] as Part[]) : []
  const reason = candidate['finishReason']
  if (
    parts.length === 0 &&
    typeof reason === 'string' &&
    finishReasonOf(reason, false) === 'content_filter'
  )
    throw refused(reason)
  return parts
}

function refused(reason: string): ApiError {
  return new ApiError('invalid_value', {
    message: `The request was refused by the model's safety system (${reason}).`,
    wireCode: 'content_policy_violation',
  })
}
