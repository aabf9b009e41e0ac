import { createDocument, type oas31 } from 'zod-openapi'
import { modelName } from '../validation/schemas/fields.ts'
import { responseSchemas } from './response-schemas.ts'
import { errorComponents } from './error-responses.ts'
import { paramsSchemas, surfacePaths } from './surface-paths.ts'

/** What a key may use, for the document; 0 or absent stands for no limit. */
export interface DescribedLimits {
  readonly requestsPerMinute?: number | undefined
  readonly tokensPerMinute?: number | undefined
  readonly concurrency?: number | undefined
}

/** What the document says that the code does not know. */
export interface OpenApiDocumentOptions {
  /** @defaultValue 'OpenAI-compatible API' */
  readonly title?: string | undefined
  /** Version of the API as the host counts it. @defaultValue '1.0.0' */
  readonly version?: string | undefined
  /** Where the surface is mounted, as paths or whole URLs. @defaultValue ['/v1'] */
  readonly servers?: readonly string[] | undefined
  /** Names that can be asked for. More may be: wildcards cannot be listed. */
  readonly models?: readonly string[] | undefined
  readonly limits?: DescribedLimits | undefined
}

/** An OpenAPI 3.1 document. */
export type OpenApiDocument = oas31.OpenAPIObject

/**
 * The OpenAPI 3.1 document of all that `endpoints` serves, made from the schemas that also check
 * the requests: params, answers, streams, errors with their codes, the bearer key, and the models
 * and limits that are given. The same options always give the same document.
 */
export function openApiDocument(options: OpenApiDocumentOptions = {}): OpenApiDocument {
  const {
    title = 'OpenAI-compatible API',
    version = '1.0.0',
    servers = ['/v1'],
    models = [],
    limits = {},
  } = options
  const limited = Object.fromEntries(
    Object.entries(limits).filter(([, value]) => value !== undefined && value > 0),
  )
  const document = createDocument(
    {
      openapi: '3.1.1',
      info: { title, version, description: describe(limits) },
      servers: servers.map((url) => ({ url })),
      security: [{ bearer: [] }],
      paths: surfacePaths(),
      components: {
        schemas: { ModelName: modelName, ...paramsSchemas(), ...responseSchemas },
        responses: errorComponents(),
        headers: {
          RequestId: { description: 'Names this request in logs.', schema: { type: 'string' } },
          Provider: { description: 'The vendor that answered.', schema: { type: 'string' } },
        },
        securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      },
      'x-limits': limited,
    },
    {
      override({ zodSchema, jsonSchema }) {
        // The only type of our own is a file of a form.
        if (zodSchema._zod.def.type === 'custom')
          Object.assign(jsonSchema, { type: 'string', format: 'binary' })
      },
    },
  )
  return withModels(document as OpenApiDocument, models)
}

/** The same document with other models. */
export function withModels(document: OpenApiDocument, models: readonly string[]): OpenApiDocument {
  const { components } = document
  const ModelName = {
    ...components?.schemas?.['ModelName'],
    ...(models.length === 0 ? {} : { examples: [...models] }),
  }
  return {
    ...document,
    components: { ...components, schemas: { ...components?.schemas, ModelName } },
    'x-models': [...models],
  }
}

function describe({ requestsPerMinute, tokensPerMinute, concurrency }: DescribedLimits): string {
  const said = [
    requestsPerMinute && `${requestsPerMinute} requests a minute`,
    tokensPerMinute && `${tokensPerMinute} tokens a minute`,
    concurrency && `${concurrency} requests at a time`,
  ].filter(Boolean)
  return `OpenAI's HTTP API in front of many vendors.${said.length === 0 ? '' : ` Each key may use ${said.join(', ')}.`}`
}
