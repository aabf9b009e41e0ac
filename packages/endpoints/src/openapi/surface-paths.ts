import { z } from 'zod'
import type {
  ZodOpenApiContentObject,
  ZodOpenApiOperationObject,
  ZodOpenApiPathsObject,
} from 'zod-openapi'
import { routes } from '../dialects/openai-routes.ts'
import type { Route } from '../dialects/route.ts'
import { responseSchemas } from './response-schemas.ts'
import { errorResponses } from './error-responses.ts'
import { describedOperations, describedPaths, type DescribedOperation } from './operations.ts'
import { storedResponsePaths } from './stored-responses.ts'

const modelPath = z.object({
  model: z.string().describe('May hold slashes, written as they are or as `%2F`.'),
})

/** Every path of the surface, made from the table that also serves them. */
export function surfacePaths(): ZodOpenApiPathsObject {
  const served = Object.entries(routes).map(
    ([path, route]) => [path, { [route.method.toLowerCase()]: operationOf(path, route) }] as const,
  )
  return {
    ...Object.fromEntries(served),
    '/models/{model}': {
      get: {
        ...described(describedOperations['models.retrieve'], false),
        requestParams: { path: modelPath },
      },
    },
    ...storedResponsePaths,
  }
}

/**
 * The params of an operation under the name that the document gives them:
 * `CreateChatCompletionParams`.
 */
export function paramsSchemas(): Record<string, z.ZodType> {
  return Object.fromEntries(
    Object.values(routes).flatMap(({ operation, schema }) => {
      const { id } = describedOperations[operation]
      return schema === undefined ? [] : [[`${id[0]!.toUpperCase()}${id.slice(1)}Params`, schema]]
    }),
  )
}

function operationOf(
  path: string,
  { operation, schema, form, done }: Route,
): ZodOpenApiOperationObject {
  const about = describedPaths.get(path) ?? describedOperations[operation]
  const base = described(about, schema !== undefined, done)
  if (schema === undefined) return base
  return {
    ...base,
    requestBody: {
      required: true,
      content: { [form === undefined ? 'application/json' : 'multipart/form-data']: { schema } },
    },
  }
}

function described(
  operation: DescribedOperation,
  hasBody: boolean,
  done = true,
): ZodOpenApiOperationObject {
  const { id, tag, summary, answer, event, media = [] } = operation
  const content: ZodOpenApiContentObject = {}
  if (answer !== undefined) content['application/json'] = { schema: responseSchemas[answer] }
  for (const type of media)
    content[type] = { schema: type.startsWith('text/') ? { type: 'string' } : {} }
  if (event !== undefined) content['text/event-stream'] = { schema: responseSchemas[event] }
  const streamed = `As a stream, each event is one line \`data: {…}\`${done ? ', and the last is `data: [DONE]`' : ''}; where it breaks, the last holds an error.`
  return {
    operationId: id,
    summary,
    ...(event === undefined ? {} : { description: streamed }),
    tags: [tag],
    responses: {
      200: { description: 'The answer.', headers: answerHeaders, content },
      ...errorResponses(hasBody),
    },
  }
}

const answerHeaders = {
  'x-request-id': { $ref: '#/components/headers/RequestId' },
  'x-sluice-provider': { $ref: '#/components/headers/Provider' },
}
