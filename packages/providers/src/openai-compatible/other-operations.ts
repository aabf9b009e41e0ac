import { ApiError, type Params } from '@sluice/core'
import type { CompletionCreateParams, ImageEditParams, ImagesResponse } from '@sluice/core/wire'
import { soundCompletion } from '../response/formats/sound-completion.ts'
import { isPlausibleUsage } from '../response/formats/token-usage.ts'
import { fileDataUrl } from '../vendor-spec/file-in-json.ts'
import { nearestRatio } from '../vendor-spec/nearest-ratio.ts'
import type {
  EncodeContext,
  EncodedRequest,
  OtherOperation,
  OperationDialect,
  ProviderSpec,
} from '../vendor-spec/provider-spec.ts'
import { isObject } from '../vendor-spec/json.ts'
import { encodeForm } from './encode/encode-form.ts'
import type { ImageRules, Json, OpenAICompatibleSpec } from './openai-compatible-spec.ts'

type Decode = (document: Json, context: EncodeContext) => unknown

interface Endpoint {
  readonly path: string
  readonly streams?: boolean
  /** The request is a form. */
  readonly takesForm?: boolean
  readonly decode: Decode
}

/** Where each operation is and what may have to be put right in its answer. */
const ENDPOINTS: Readonly<Record<OtherOperation, Endpoint>> = {
  completions: { path: 'completions', streams: true, decode: decodeCompletion },
  'images.generate': { path: 'images/generations', streams: true, decode: decodeImages },
  'images.edit': { path: 'images/edits', streams: true, takesForm: true, decode: decodeImages },
  'images.createVariation': { path: 'images/variations', takesForm: true, decode: decodeImages },
  'audio.transcriptions': {
    path: 'audio/transcriptions',
    streams: true,
    takesForm: true,
    decode: decodeTranscription,
  },
  'audio.translations': {
    path: 'audio/translations',
    takesForm: true,
    decode: decodeTranscription,
  },
  'audio.speech': { path: 'audio/speech', streams: true, decode: (document) => document },
  moderations: { path: 'moderations', decode: decodeModeration },
}

/** The operations beside chat and embeddings of an OpenAI-alike that offers them. */
export function furtherOperations(
  { operations: offers = [], images = {} }: OpenAICompatibleSpec,
  path: NonNullable<OpenAICompatibleSpec['path']>,
): NonNullable<ProviderSpec['operations']> {
  const operations = offers === 'all' ? (Object.keys(ENDPOINTS) as OtherOperation[]) : offers
  return Object.fromEntries(
    operations.map((operation) => {
      const isPicture = operation.startsWith('images.')
      return [operation, dialectOf(ENDPOINTS[operation], path, isPicture ? images : {})]
    }),
  )
}

function dialectOf(
  endpoint: Endpoint,
  path: NonNullable<OpenAICompatibleSpec['path']>,
  rules: ImageRules,
): OperationDialect<OtherOperation> {
  return {
    drops: rules.drops ?? [],
    streams: endpoint.streams === true && rules.streams !== false,
    encode: (params: Params<OtherOperation>, context: EncodeContext): EncodedRequest => {
      const where = path(endpoint.path, context.model)
      const set: Record<string, unknown> =
        params.model === context.model ? {} : { model: context.model }
      const refused = (rules.refused ?? []).flatMap(([models, names]) =>
        models.test(context.model) ? names : [],
      )
      const unset = [...(rules.drops ?? []), ...refused].filter(
        (name) => params[name] !== undefined,
      )
      // Pictures come as data where that cannot be asked for.
      const lost = refused.filter((name) => (params[name] ?? 'b64_json') !== 'b64_json')
      const drops = lost.length === 0 ? {} : { drops: lost }
      const ratio = nearestRatio(params['size'], rules.ratios ?? [])
      if (ratio !== undefined) set['aspect_ratio'] = ratio
      if (rules.streams === false && params['stream'] === true) {
        // The stream is made of the whole answer, and carries pictures themselves.
        set['response_format'] = 'b64_json'
        unset.push('stream')
      }
      if (endpoint.path === 'completions' && context.stream)
        set['stream_options'] = askForUsage(params as CompletionCreateParams)
      if (endpoint.takesForm !== true) return { path: where, patch: { set, unset }, ...drops }
      const changed = { ...params, ...set }
      for (const name of unset) delete changed[name]
      return {
        path: where,
        ...drops,
        ...(rules.editsInJson === true
          ? picturesInJson(changed as ImageEditParams)
          : { form: encodeForm(changed) }),
      }
    },
    decode: (document, _params, context) => {
      if (!isObject(document)) throw new TypeError('not an object')
      return endpoint.decode(document, context) as never
    },
  }
}

/** @throws ApiError 400 for a mask, which has no place there */
function picturesInJson({
  image,
  mask,
  ...params
}: ImageEditParams): Pick<EncodedRequest, 'body' | 'files'> {
  if (mask !== undefined) {
    throw new ApiError('unsupported_parameter', {
      message: 'This model knows no mask; say in the prompt what to change.',
      param: 'mask',
    })
  }
  const files = image.map(fileDataUrl)
  const pictures = files.map((url) => ({ type: 'image_url', url }))
  return {
    files,
    body: { ...params, ...(pictures.length === 1 ? { image: pictures[0] } : { images: pictures }) },
  }
}

/** Limits are settled by usage, so it is asked for whether or not the client wants to see it. */
function askForUsage({ stream_options: asked }: CompletionCreateParams): Json {
  return { ...asked, include_usage: true }
}

function decodeCompletion(document: Json, { model, nowSeconds = 0 }: EncodeContext): unknown {
  const completion = soundCompletion(
    document,
    { id: `cmpl-${nowSeconds}`, created: nowSeconds, model },
    false,
  )
  if (completion.choices.length === 0) throw new TypeError('no choices')
  return completion
}

function decodeImages(document: Json, { nowSeconds = 0 }: EncodeContext): unknown {
  const { data, created } = document as Partial<ImagesResponse>
  if (!Array.isArray(data) || data.length === 0 || !data.every(isPicture))
    throw new TypeError('no pictures')
  const { usage, ...rest } = document
  const isSound = usage === undefined || isPlausibleUsage(usage)
  if (typeof created === 'number' && isSound) return document
  return {
    ...rest,
    created: typeof created === 'number' ? created : nowSeconds,
    ...(isSound ? { usage } : {}),
  }
}

function isPicture(entry: unknown): boolean {
  const { b64_json: picture, url } = (entry ?? {}) as Json
  return typeof picture === 'string' || typeof url === 'string'
}

function decodeTranscription(document: Json): unknown {
  if (typeof document['text'] !== 'string') throw new TypeError('no text')
  return document
}

function decodeModeration(document: Json, { model, nowSeconds = 0 }: EncodeContext): unknown {
  if (!Array.isArray(document['results'])) throw new TypeError('no results')
  if (typeof document['id'] === 'string' && typeof document['model'] === 'string') return document
  return { id: `modr-${nowSeconds}`, model, ...document }
}
