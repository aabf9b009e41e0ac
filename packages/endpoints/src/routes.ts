import type { Operation } from '@sluice/core'
import { wordTable } from '@sluice/core/internal'
import type { z } from 'zod'
import { chatOfResponse, isResponseBody } from './chat/chat-of-response.ts'
import type { FormShape } from './multipart/form-params.ts'
import {
  speechParams,
  transcriptionForm,
  transcriptionParams,
  translationParams,
} from './validation/schemas/audio.ts'
import { chatCompletionParams } from './validation/schemas/chat-completions.ts'
import { completionParams } from './validation/schemas/completions.ts'
import { embeddingParams } from './validation/schemas/embeddings.ts'
import { responseParams } from './validation/schemas/responses.ts'
import type { StoredResponseRequest } from './responses/responses-host.ts'
import {
  imageEditParams,
  imageForm,
  imageGenerateParams,
  imageVariationParams,
} from './validation/schemas/images.ts'
import { moderationParams } from './validation/schemas/moderations.ts'
import { paramsCheck, type ParamsCheck } from './validation/validate.ts'

/** One thing that can be asked over HTTP. */
export interface Route {
  readonly method: 'GET' | 'POST'
  readonly operation: Operation
  /** Checks the params; absent where there are none. */
  readonly schema?: z.ZodObject
  /** The body is a form, and this says what its fields stand for. */
  readonly form?: FormShape
  /** The model to ask for where the client names none. */
  readonly defaultModel?: string
  /** Whether a streamed answer ends with `data: [DONE]`. */
  readonly done?: boolean
  /**
   * Gives the params for a body of another form than the schema's, and what of it has no place in
   * them; `undefined` for a body that is none.
   *
   * @throws ApiError 400
   */
  readonly otherForm?: (params: Readonly<Record<string, unknown>>) => OtherForm | undefined
}

/** Params that were made of a body of another form. */
export interface OtherForm {
  readonly params: Record<string, unknown>
  /** What was left out, as `x-sluice-dropped-params` tells it. */
  readonly drops: readonly string[]
}

const checkResponse = paramsCheck(responseParams)

/** Some editors send the body of a response to chat, and want chat's answer. */
function chatForm(params: Readonly<Record<string, unknown>>): OtherForm | undefined {
  if (!isResponseBody(params)) return undefined
  checkResponse(params)
  return chatOfResponse(params)
}

/** The surface: path under the mount → what is served there. Adding an endpoint is adding a row. */
export const routes: Readonly<Record<string, Route>> = {
  '/chat/completions': {
    method: 'POST',
    operation: 'chat.completions',
    schema: chatCompletionParams,
    otherForm: chatForm,
  },
  '/completions': { method: 'POST', operation: 'completions', schema: completionParams },
  '/audio/transcriptions': {
    method: 'POST',
    operation: 'audio.transcriptions',
    schema: transcriptionParams,
    form: transcriptionForm,
  },
  '/audio/translations': {
    method: 'POST',
    operation: 'audio.translations',
    schema: translationParams,
    form: transcriptionForm,
  },
  '/audio/speech': { method: 'POST', operation: 'audio.speech', schema: speechParams, done: false },
  '/embeddings': { method: 'POST', operation: 'embeddings', schema: embeddingParams },
  '/responses': {
    method: 'POST',
    operation: 'responses.create',
    schema: responseParams,
    done: false,
  },
  '/images/generations': {
    method: 'POST',
    operation: 'images.generate',
    schema: imageGenerateParams,
    defaultModel: 'gpt-image-1',
    done: false,
  },
  '/images/edits': {
    method: 'POST',
    operation: 'images.edit',
    schema: imageEditParams,
    form: imageForm,
    defaultModel: 'gpt-image-1',
    done: false,
  },
  '/images/variations': {
    method: 'POST',
    operation: 'images.createVariation',
    schema: imageVariationParams,
    form: imageForm,
    defaultModel: 'dall-e-2',
  },
  '/moderations': {
    method: 'POST',
    operation: 'moderations',
    schema: moderationParams,
    defaultModel: 'omni-moderation-latest',
  },
  '/models': { method: 'GET', operation: 'models.list' },
}

/**
 * Families of OpenAI's API that are not served; asking for one is told so, instead of falling
 * through to the host.
 */
const NOT_SERVED = [
  'agents',
  'assistants',
  'batches',
  'chatkit',
  'containers',
  'content_provenance_checks',
  'conversations',
  'dashboard',
  'decisions',
  'evals',
  'files',
  'fine-tunes',
  'fine_tuning',
  'graders',
  'live',
  'organization',
  'organizations',
  'projects',
  'realtime',
  'safety',
  'skills',
  'threads',
  'uploads',
  'usage',
  'vaults',
  'vector_stores',
  'videos',
  'webhook_endpoints',
  'webhook_event_types',
]

/** A row of the table, made ready for requests. */
export interface RouteMatch {
  readonly kind: 'route'
  readonly route: Route
  readonly methods: readonly string[]
  /** Absent where there are no params. */
  readonly check: ParamsCheck | undefined
}

/** What a path under the mount stands for. */
export type Match =
  | RouteMatch
  | { readonly kind: 'model'; readonly id: string; readonly methods: readonly string[] }
  | {
      readonly kind: 'stored-response'
      readonly asked: StoredResponseRequest
      readonly methods: readonly string[]
    }
  | { readonly kind: 'not-served'; readonly family: string }
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'unknown' }

/** A target that says nothing, because its escapes or its host are broken. */
export const UNREADABLE: Match = { kind: 'unreadable' }

/** What stands behind `/responses/{id}`, and how it may be asked for. */
const RESPONSE_PARTS = wordTable<{
  readonly part: StoredResponseRequest['part']
  readonly methods: readonly string[]
}>({
  '': { part: 'itself', methods: ['GET', 'DELETE'] },
  input_items: { part: 'input_items', methods: ['GET'] },
  cancel: { part: 'cancel', methods: ['POST'] },
})

const MATCHES: ReadonlyMap<string, RouteMatch> = new Map(
  Object.entries(routes).map(([path, route]) => {
    const check = route.schema === undefined ? undefined : paramsCheck(route.schema)
    return [path, { kind: 'route', route, methods: [route.method], check }]
  }),
)
const MODEL_METHODS = ['GET']
const IMPOSSIBLE_MODEL = /[\p{Cc}\s]|(?:^|\/)\.\.(?:\/|$)/u

/** Finds what a path stands for. Model ids may hold slashes, encoded or not. */
export function matchPath(path: string): Match {
  const match = MATCHES.get(path)
  if (match !== undefined) return match
  if (path.startsWith('/models/') && path.length > 8) {
    const id = decode(path.slice(8))
    if (id === undefined) return UNREADABLE
    return IMPOSSIBLE_MODEL.test(id)
      ? { kind: 'unknown' }
      : { kind: 'model', id, methods: MODEL_METHODS }
  }
  const [family = '', id, part, ...rest] = path.split('/').slice(1)
  if (family === 'responses' && id !== undefined && id !== '' && rest.length === 0) {
    const known = RESPONSE_PARTS.get(part ?? '')
    if (known !== undefined)
      return { kind: 'stored-response', asked: { id, part: known.part }, methods: known.methods }
  }
  return NOT_SERVED.includes(family) ? { kind: 'not-served', family } : { kind: 'unknown' }
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
