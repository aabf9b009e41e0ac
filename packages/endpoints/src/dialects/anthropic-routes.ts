import type { IncomingMessage } from 'node:http'
import { messageCountTokensParams, messageParams } from '../validation/schemas/messages.ts'
import { paramsCheck } from '../validation/validate.ts'
import { anthropicForm } from './anthropic-form.ts'
import type { Match, Route, RouteMatch } from './route.ts'

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

/** Finds what a path of Anthropic's stands for; `undefined` where it is none. */
export function matchAnthropic(path: string, _req: IncomingMessage): Match | undefined {
  return MATCHES.get(path)
}
