import { ApiError } from '@sluice/core'
import type { ImageEditParams, ImageGenerateParams, ImagesResponse } from '@sluice/core/wire'
import { FileInJson } from '../../vendor-spec/file-in-json.ts'
import { nearestRatio } from '../../vendor-spec/nearest-ratio.ts'
import type {
  EncodeContext,
  EncodedRequest,
  OperationDialect,
} from '../../vendor-spec/provider-spec.ts'

const RATIOS = ['1:1', '4:3', '3:4', '3:2', '2:3', '16:9', '9:16', '21:9', '9:21']
const DROPS = [
  'quality',
  'style',
  'background',
  'output_compression',
  'moderation',
  'input_fidelity',
  'user',
]
const FORMATS = ['png', 'jpeg']
const MAX_PICTURES = 4
/** States of an order that is neither done nor lost. */
const PENDING = new Set(['Pending', 'Queued', 'Processing', 'Generating', 'Preparing'])

/**
 * Pictures by FLUX: an order, and questions until it is done. One at a time, as a URL that holds
 * for ten minutes. `size` chooses the shape; the vendor's own `seed`, `safety_tolerance` and
 * `prompt_upsampling` pass.
 *
 * @throws ApiError 400 for what it cannot do: several pictures, streams, base64, WebP
 */
export const generations: OperationDialect<'images.generate'> = {
  drops: DROPS,
  encode: (params, context) => encode(params, context),
  poll,
  decode,
}

/** Changed pictures: up to four that the prompt speaks of. They know no mask. */
export const edits: OperationDialect<'images.edit'> = {
  drops: DROPS,
  encode(params: ImageEditParams, context) {
    if (params.mask !== undefined)
      throw unsupported('mask', 'This model knows no mask; say in the prompt what to change.')
    if (params.image.length > MAX_PICTURES)
      throw unsupported('image', `This model takes at most ${MAX_PICTURES} pictures.`)
    const files = params.image.map((file) => new FileInJson(file))
    const pictures = files.map(
      (file, at) => [at === 0 ? 'input_image' : `input_image_${at + 1}`, file] as const,
    )
    return { ...encode(params, context, Object.fromEntries(pictures)), files }
  },
  poll,
  decode,
}

/** OpenAI's params that the order says otherwise, or not at all. */
const OWN_WORDS = [
  'model',
  'image',
  'mask',
  'n',
  'size',
  'response_format',
  'stream',
  'partial_images',
  'output_format',
  ...DROPS,
]

function encode(
  params: ImageGenerateParams,
  { model }: EncodeContext,
  pictures: object = {},
): EncodedRequest {
  if ((params.n ?? 1) > 1) throw unsupported('n', 'This model draws one picture at a time.')
  if (params.stream === true) throw unsupported('stream', 'This model cannot stream its pictures.')
  if (params.response_format === 'b64_json')
    throw unsupported('response_format', 'This model gives its pictures as URLs only.')
  const { output_format: format } = params
  if (typeof format === 'string' && !FORMATS.includes(format)) {
    throw unsupported(
      'output_format',
      `This model cannot encode '${format}'; it gives 'png' and 'jpeg'.`,
    )
  }
  const ratio = nearestRatio(params.size, RATIOS)
  const passed = Object.fromEntries(
    Object.entries(params).filter(([name]) => !OWN_WORDS.includes(name)),
  )
  return {
    path: `/${encodeURIComponent(model.replace(/\p{Surrogate}/gu, ''))}`,
    body: {
      ...passed,
      ...pictures,
      ...(ratio === undefined ? {} : { aspect_ratio: ratio }),
      output_format: format ?? 'png',
    },
  }
}

function poll(document: unknown): EncodedRequest | undefined {
  const { id, status } = (document ?? {}) as { readonly id?: unknown; readonly status?: unknown }
  if (status === 'Ready') return undefined
  if (typeof status === 'string' && /moderated/i.test(status)) {
    throw new ApiError('invalid_value', {
      message: `The request was refused by the model's safety system (${status}).`,
      wireCode: 'content_policy_violation',
    })
  }
  if (typeof status === 'string' && !PENDING.has(status)) {
    throw new ApiError('upstream_error', {
      message: 'The upstream gave its work up.',
      cause: status,
    })
  }
  if (typeof id !== 'string') throw new TypeError('no id')
  return { method: 'GET', path: `/get_result?id=${encodeURIComponent(id)}` }
}

function decode(
  document: unknown,
  _params: ImageGenerateParams,
  { nowSeconds = 0 }: EncodeContext,
): ImagesResponse {
  const { result } = document as { readonly result?: { readonly sample?: unknown } | null }
  if (typeof result?.sample !== 'string') throw new TypeError('no sample')
  return { created: nowSeconds, data: [{ url: result.sample }] }
}

function unsupported(param: string, message: string): ApiError {
  return new ApiError('unsupported_parameter', { message, param })
}
