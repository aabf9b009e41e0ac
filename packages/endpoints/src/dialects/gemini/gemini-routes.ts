import type { IncomingMessage } from 'node:http'
import type { Operation } from '@sluice/core'
import { dialectOf, wordTable } from '@sluice/core/internal'
import {
  batchEmbedContentsParams,
  countTokensParams,
  embedContentParams,
  generateContentParams,
} from '../../validation/schemas/generate-content.ts'
import { paramsCheck } from '../../validation/validate.ts'
import { decodeModel, isPossibleModel } from '../model-path.ts'
import { UNREADABLE, type Match, type Respond, type Route, type RouteMatch } from '../route.ts'
import {
  batchEmbedContentsCall,
  embedContentCall,
  respondBatchEmbedContents,
  respondEmbedContent,
} from './gemini-embeddings.ts'
import { geminiForm } from './gemini-form.ts'
import { respondModel, respondModels } from './gemini-models.ts'
import { respondJsonArray } from './json-array.ts'

type Json = Readonly<Record<string, unknown>>

/** What stands behind `/models/{model}:`. */
interface GeminiMethod {
  readonly route: Route
  readonly check: ReturnType<typeof paramsCheck>
  readonly isStreamed?: boolean
  /** Says the body in another operation's words. */
  readonly translate?: (body: Json) => Json
  readonly respond?: Respond
}

function method(
  operation: Operation,
  schema: NonNullable<Route['schema']>,
  more: Omit<GeminiMethod, 'route' | 'check'> = {},
): GeminiMethod {
  return { route: { method: 'POST', operation, schema }, check: paramsCheck(schema), ...more }
}

const METHODS = wordTable<GeminiMethod>({
  generateContent: method('models.generateContent', generateContentParams),
  streamGenerateContent: method('models.generateContent', generateContentParams, {
    isStreamed: true,
  }),
  countTokens: method('models.countTokens', countTokensParams),
  embedContent: method('embeddings', embedContentParams, {
    translate: embedContentCall,
    respond: respondEmbedContent,
  }),
  batchEmbedContents: method('embeddings', batchEmbedContentsParams, {
    translate: batchEmbedContentsCall,
    respond: respondBatchEmbedContents,
  }),
})

/** Families of Google's API that are not served; asking for one is told so. */
const NOT_SERVED: ReadonlySet<string> = new Set([
  'batches',
  'cachedContents',
  'corpora',
  'dynamic',
  'fileSearchStores',
  'files',
  'interactions',
  'operations',
  'tunedModels',
])

const LIST: Route = { method: 'GET', operation: 'models.list' }
const GET = ['GET']
const POST = ['POST']
const MODELS = /^(?:\/publishers\/google)?\/models(?:\/|$)/
/** What Google's libraries put in front of a model's name. */
const COLLECTION = /^(?:models|publishers\/google\/models)\//

/**
 * Finds what a path of Gemini's stands for; `undefined` where it is none. What OpenAI has as well
 * is Gemini's where the request is: by its header, its key in the query, or the mount `/v1beta`.
 */
export function matchGemini(path: string, req: IncomingMessage): Match | undefined {
  const place = MODELS.exec(path)
  if (place === null) {
    const family = path.slice(1).split(/[/:]/, 1)[0]!
    const isOurs = NOT_SERVED.has(family) && dialectOf(req) === 'gemini'
    return isOurs ? notServed(family) : undefined
  }
  const named = path.slice(place[0].length)
  const colon = named.lastIndexOf(':')
  const known = colon < 0 ? undefined : METHODS.get(named.slice(colon + 1))
  if (known === undefined && dialectOf(req) !== 'gemini') return undefined
  if (named === '') return models(req)
  const isModel =
    known === undefined && (colon < 0 || req.method === 'GET' || req.method === 'HEAD')
  if (known === undefined && !isModel) return notServed(`models/…${named.slice(colon, colon + 64)}`)
  const id = decodeModel(isModel ? named : named.slice(0, colon))?.replace(COLLECTION, '')
  if (id === undefined) return UNREADABLE
  if (id === '' || id.length > 512 || !isPossibleModel(id)) return notServed('models')
  if (known === undefined)
    return { kind: 'model', form: geminiForm, id, methods: GET, respond: respondModel }
  return called(known, id, req)
}

function called(known: GeminiMethod, model: string, req: IncomingMessage): RouteMatch {
  const { route, check, isStreamed = false, translate } = known
  const isArray = isStreamed && !/^sse$/i.test(queryOf(req).get('alt') ?? '')
  const respond = isArray ? respondJsonArray : known.respond
  return {
    kind: 'route',
    form: geminiForm,
    route,
    methods: POST,
    check,
    isTranslated: translate !== undefined,
    params(body) {
      const own = translate === undefined ? body : translate(body)
      return isStreamed ? { ...own, model, stream: true } : { ...own, model }
    },
    ...(respond === undefined ? {} : { respond }),
  }
}

function models(req: IncomingMessage): RouteMatch {
  const respond = respondModels(queryOf(req))
  return { kind: 'route', form: geminiForm, route: LIST, methods: GET, check: undefined, respond }
}

function notServed(family: string): Match {
  return { kind: 'not-served', family, form: geminiForm }
}

function queryOf({ url = '' }: IncomingMessage): URLSearchParams {
  const query = url.indexOf('?')
  return new URLSearchParams(query < 0 ? '' : url.slice(query))
}
