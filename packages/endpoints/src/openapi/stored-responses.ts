import { z } from 'zod'
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi'
import { responseSchemas, type ResponseName } from './response-schemas.ts'
import { errorResponses } from './error-responses.ts'

const path = z.object({
  response_id: z.string().describe('`resp_…`; another caller’s is not found.'),
})
const resumed = z.object({
  stream: z.boolean().optional().describe('Gives the events instead, as they were sent.'),
  starting_after: z
    .int()
    .min(0)
    .optional()
    .describe('The `sequence_number` of the last event that was seen.'),
})
const page = z.object({
  limit: z.int().min(1).max(100).optional().describe('20 unless told.'),
  order: z.enum(['asc', 'desc']).optional().describe('`desc` unless told.'),
  after: z.string().optional().describe('The id of the last item of the page before.'),
})

/** What can be done with a response once it is stored. */
export const storedResponsePaths: ZodOpenApiPathsObject = {
  '/responses/{response_id}': {
    get: {
      ...operation('getResponse', 'Gives a stored response, or its events.', 'Response', true),
      requestParams: { path, query: resumed },
    },
    delete: {
      ...operation('deleteResponse', 'Deletes a stored response.', 'ResponseDeleted'),
      requestParams: { path },
    },
  },
  '/responses/{response_id}/cancel': {
    post: {
      ...operation(
        'cancelResponse',
        'Stops a response that is made in the background.',
        'Response',
      ),
      requestParams: { path },
    },
  },
  '/responses/{response_id}/input_items': {
    get: {
      ...operation('listInputItems', 'Lists what a response was made from.', 'ResponseItems'),
      requestParams: { path, query: page },
    },
  },
}

function operation(
  operationId: string,
  summary: string,
  answer: ResponseName,
  streams = false,
): ZodOpenApiOperationObject {
  return {
    operationId,
    summary,
    tags: ['Responses'],
    responses: {
      200: {
        description: summary,
        content: {
          'application/json': { schema: responseSchemas[answer] },
          ...(streams ? { 'text/event-stream': { schema: responseSchemas.ResponseEvent } } : {}),
        },
      },
      ...errorResponses(false),
    },
  }
}
