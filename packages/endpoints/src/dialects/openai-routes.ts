import { wordTable } from '@sluice/core/internal'
import { chatOfResponse, isResponseBody } from '../chat/chat-of-response.ts'
import {
  speechParams,
  transcriptionForm,
  transcriptionParams,
  translationParams,
} from '../validation/schemas/audio.ts'
import { chatCompletionParams } from '../validation/schemas/chat-completions.ts'
import { completionParams } from '../validation/schemas/completions.ts'
import { embeddingParams } from '../validation/schemas/embeddings.ts'
import { responseParams } from '../validation/schemas/responses.ts'
import { asCompaction, compactParams } from '../responses/compact-conversation.ts'
import type { StoredResponseRequest } from '../responses/responses-host.ts'
import {
  imageEditParams,
  imageForm,
  imageGenerateParams,
  imageVariationParams,
} from '../validation/schemas/images.ts'
import { moderationParams } from '../validation/schemas/moderations.ts'
import { paramsCheck } from '../validation/validate.ts'
import { decodeModel, isPossibleModel } from './model-path.ts'
import { openaiForm } from './openai-form.ts'
import { UNREADABLE, type Match, type OtherForm, type Route, type RouteMatch } from './route.ts'

const checkResponse = paramsCheck(responseParams)

/** Some editors send the body of a response to chat, and want chat's answer. */
function chatForm(params: Readonly<Record<string, unknown>>): OtherForm | undefined {
  if (!isResponseBody(params)) return undefined
  checkResponse(params)
  return chatOfResponse(params)
}

/** OpenAI's surface: path under the mount → what is served there. Adding an endpoint is adding a row. */
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
  '/responses/compact': {
    method: 'POST',
    operation: 'responses.create',
    schema: responseParams,
    instead: { params: compactParams, respond: asCompaction },
  },
  '/responses/input_tokens': {
    method: 'POST',
    operation: 'responses.inputTokens',
    schema: responseParams,
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
    const { instead } = route
    const more = instead === undefined ? {} : { ...instead, isTranslated: true }
    const methods = [route.method]
    return [path, { kind: 'route', form: openaiForm, route, methods, check, ...more }]
  }),
)
const MODEL_METHODS = ['GET']

/** Finds what a path of OpenAI's stands for. Model ids may hold slashes, encoded or not. */
export function matchOpenAI(path: string): Match {
  const match = MATCHES.get(path)
  if (match !== undefined) return match
  if (path.startsWith('/models/') && path.length > 8) {
    const id = decodeModel(path.slice(8))
    if (id === undefined) return UNREADABLE
    return isPossibleModel(id)
      ? { kind: 'model', form: openaiForm, id, methods: MODEL_METHODS }
      : { kind: 'unknown' }
  }
  const [family = '', id, part, ...rest] = path.split('/').slice(1)
  if (family === 'responses' && id !== undefined && id !== '' && rest.length === 0) {
    const known = RESPONSE_PARTS.get(part ?? '')
    if (known !== undefined)
      return { kind: 'stored-response', asked: { id, part: known.part }, methods: known.methods }
  }
  return NOT_SERVED.includes(family) ? { kind: 'not-served', family } : { kind: 'unknown' }
}
