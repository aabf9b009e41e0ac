import type { IncomingMessage } from 'node:http'
import { messageCountTokensParams, messageParams } from '../validation/schemas/messages.ts'
import { paramsCheck } from '../validation/validate.ts'
import { anthropicForm } from './anthropic-form.ts'
import { respondModel, respondModels } from './anthropic-models.ts'
import { decodeModel, isPossibleModel } from './model-path.ts'
import { UNREADABLE, type Match, type Route, type RouteMatch } from './route.ts'

/** Anthropic's surface: path under the mount → what is served there. */
export const anthropicRoutes: Readonly<Record<string, Route>> = {
  '/messages': { method: 'POST', operation: 'messages.create', schema: messageParams },
  '/messages/count_tokens': {
    method: 'POST',
    operation: 'messages.countTokens',
    schema: messageCountTokensParams,
  },
}

const MATCHES: ReadonlyMap<string, RouteMatch> = new Map(
  Object.entries(anthropicRoutes).map(([path, route]) => {
    const check = route.schema === undefined ? undefined : paramsCheck(route.schema)
    return [path, { kind: 'route', form: anthropicForm, route, methods: [route.method], check }]
  }),
)

const MODEL_LIST: Route = { method: 'GET', operation: 'models.list' }
const MODEL_METHODS = ['GET']

/**
 * Finds what a path of Anthropic's stands for; `undefined` where it is none. Models are asked for
 * by the same paths as OpenAI's: whoever names an Anthropic version means Anthropic's.
 */
export function matchAnthropic(path: string, req: IncomingMessage): Match | undefined {
  const match = MATCHES.get(path)
  if (match !== undefined) return match
  const isRead = req.method === 'GET' || req.method === 'HEAD'
  if (!isRead || req.headers['anthropic-version'] === undefined) return undefined
  const form = anthropicForm
  if (path === '/models') {
    const url = req.url ?? ''
    const query = url.includes('?') ? url.slice(url.indexOf('?') + 1, 8192) : ''
    const respond = respondModels(new URLSearchParams(query))
    const route = MODEL_LIST
    return { kind: 'route', form, route, methods: MODEL_METHODS, check: undefined, respond }
  }
  if (!path.startsWith('/models/') || path.length === 8) return undefined
  const id = decodeModel(path.slice(8))
  if (id === undefined) return UNREADABLE
  return isPossibleModel(id)
    ? { kind: 'model', form, id, methods: MODEL_METHODS, respond: respondModel }
    : undefined
}
