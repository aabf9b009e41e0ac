import { errorCodes } from '@sluice/core'
import type { ZodOpenApiResponseObject, ZodOpenApiResponsesObject } from 'zod-openapi'

/** Failures that any request may meet, and those of requests with a body. */
const ALWAYS: readonly number[] = [400, 401, 404, 405, 429, 500, 502, 503, 504]
const WITH_BODY: readonly number[] = [408, 413, 415]

/**
 * The errors of every operation, by status; `default` are those that a vendor answered and that are
 * handed on.
 */
export function errorResponses(hasBody: boolean): ZodOpenApiResponsesObject {
  const statuses = hasBody ? [...ALWAYS, ...WITH_BODY].sort((a, b) => a - b) : ALWAYS
  return {
    ...Object.fromEntries(
      statuses.map((status) => [status, { $ref: `#/components/responses/Error${status}` }]),
    ),
    default: { $ref: '#/components/responses/Error' },
  }
}

/** A component for each status that an error may have, with the codes that come with it. */
export function errorComponents(): Record<string, ZodOpenApiResponseObject> {
  const byStatus = Map.groupBy(Object.entries(errorCodes), ([, { status }]): number => status)
  return {
    ...Object.fromEntries(
      [...ALWAYS, ...WITH_BODY].map((status) => {
        const codes = (byStatus.get(status) ?? []).map(([code]) => `\`${code}\``)
        return [`Error${status}`, error(`Error: ${codes.join(', ')}.`)]
      }),
    ),
    Error: error('Error: what the vendor refused, under its own status.'),
  }
}

function error(description: string): ZodOpenApiResponseObject {
  return {
    description,
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
  }
}
