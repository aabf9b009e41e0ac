import type { IncomingMessage } from 'node:http'
import type { Operation } from '@sluice/core'
import { wordTable } from '@sluice/core/internal'
import { countTokensParams, generateContentParams } from '../validation/schemas/generate-content.ts'
import { paramsCheck } from '../validation/validate.ts'
import { geminiForm } from './gemini-form.ts'
import { decodeModel, isPossibleModel } from './model-path.ts'
import { UNREADABLE, type Match, type Route } from './route.ts'

interface GeminiMethod {
  readonly route: Route
  readonly isStreamed: boolean
  readonly check: ReturnType<typeof paramsCheck>
}

function method(operation: Operation, schema: NonNullable<Route['schema']>, isStreamed = false) {
  const route: Route = { method: 'POST', operation, schema }
  return { route, isStreamed, check: paramsCheck(schema) } satisfies GeminiMethod
}

/** Gemini's surface: what stands behind `/models/{model}:`. */
export const geminiMethods = wordTable<GeminiMethod>({
  generateContent: method('models.generateContent', generateContentParams),
  streamGenerateContent: method('models.generateContent', generateContentParams, true),
  countTokens: method('models.countTokens', countTokensParams),
})

const METHODS = ['POST']

/** Finds what a path of Gemini's stands for; `undefined` where it is none. */
export function matchGemini(path: string, _req: IncomingMessage): Match | undefined {
  const colon = path.lastIndexOf(':')
  if (!path.startsWith('/models/') || colon < 9) return undefined
  const known = geminiMethods.get(path.slice(colon + 1))
  if (known === undefined) return undefined
  const model = decodeModel(path.slice(8, colon))
  if (model === undefined) return UNREADABLE
  if (!isPossibleModel(model)) return undefined
  const { route, isStreamed, check } = known
  return {
    kind: 'route',
    form: geminiForm,
    route,
    methods: METHODS,
    check,
    params: (body) => (isStreamed ? { ...body, model, stream: true } : { ...body, model }),
  }
}
