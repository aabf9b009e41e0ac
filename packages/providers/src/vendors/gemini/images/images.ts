import { ApiError } from '@sluice/core'
import type { Image, ImageEditParams, ImageGenerateParams, ImagesResponse } from '@sluice/core/wire'
import { formatDataUrl } from '../../../vendor-spec/data-url.ts'
import { FileInJson } from '../../../vendor-spec/file-in-json.ts'
import { nearestRatio } from '../../../vendor-spec/nearest-ratio.ts'
import type {
  EncodeContext,
  EncodedRequest,
  OperationDialect,
} from '../../../vendor-spec/provider-spec.ts'
import { responseParts } from '../response-parts.ts'
import { fromContentUsage } from '../../../emulation/generate-content/content-usage.ts'
import { isObject, type Json } from '../json.ts'
import { modelPath } from '../model-path.ts'

/** Shapes that all of these models draw. */
const RATIOS = ['1:1', '3:4', '4:3', '9:16', '16:9']
const DROPS = [
  'quality',
  'style',
  'background',
  'output_compression',
  'moderation',
  'partial_images',
  'user',
  'input_fidelity',
]

/**
 * Pictures by Gemini's image models, one at a time, and by Imagen (`imagen-…`), up to four. `size`
 * chooses the shape; the model chooses how large it is and whether it is PNG or JPEG. Where URLs
 * are asked for, they are `data:` URLs.
 */
export const generations: OperationDialect<'images.generate'> = {
  drops: DROPS,
  encode: (params, context) =>
    isImagen(context.model) ? encodeImagen(params, context) : encodeDrawing(params, context),
  decode,
}

/** Changed pictures, by Gemini's image models alone; they know no mask. */
export const edits: OperationDialect<'images.edit'> = {
  drops: DROPS,
  encode(params: ImageEditParams, context) {
    if (isImagen(context.model))
      throw unsupported('image', 'Imagen draws new pictures, and takes none.')
    if (params.mask !== undefined)
      throw unsupported('mask', 'This model knows no mask; say in the prompt what to change.')
    const files = params.image.map((file) => new FileInJson(file))
    const parts = files.map((data, at) => ({
      inlineData: { mimeType: imageType(params.image[at]!.contentType), data },
    }))
    return { ...encodeDrawing(params, context, parts), files }
  },
  decode,
}

function encodeDrawing(
  params: ImageGenerateParams,
  { model }: EncodeContext,
  pictures: readonly object[] = [],
): EncodedRequest {
  if ((params.n ?? 1) > 1) throw unsupported('n', 'This model draws one picture at a time.')
  const ratio = nearestRatio(params.size, RATIOS)
  return {
    path: modelPath(model, 'generateContent'),
    drops: formatDrops(params),
    body: {
      contents: [{ role: 'user', parts: [...pictures, { text: params.prompt }] }],
      generationConfig: {
        responseModalities: ['TEXT', 'IMAGE'],
        ...(ratio === undefined ? {} : { imageConfig: { aspectRatio: ratio } }),
      },
    },
  }
}

function encodeImagen(params: ImageGenerateParams, { model }: EncodeContext): EncodedRequest {
  const { prompt, n, size, output_format: format } = params
  if ((n ?? 1) > 4) throw unsupported('n', 'Imagen draws at most 4 pictures at a time.')
  const ratio = nearestRatio(size, RATIOS)
  const canEncode = format === 'png' || format === 'jpeg'
  return {
    path: modelPath(model, 'predict'),
    drops: canEncode ? [] : formatDrops(params),
    body: {
      instances: [{ prompt }],
      parameters: {
        sampleCount: n ?? 1,
        ...(ratio === undefined ? {} : { aspectRatio: ratio }),
        ...(canEncode ? { outputOptions: { mimeType: `image/${format}` } } : {}),
      },
    },
  }
}

function decode(
  document: unknown,
  params: ImageGenerateParams,
  { nowSeconds = 0 }: EncodeContext,
): ImagesResponse {
  const predictions = isObject(document) ? document['predictions'] : undefined
  const pictures = Array.isArray(predictions)
    ? predictions.filter(isObject).map(ofPrediction)
    : drawn(document)
  if (pictures.length === 0) {
    throw new ApiError('upstream_empty_response', {
      message: 'The model answered without a picture.',
    })
  }
  const format = /^image\/(png|jpeg|webp)$/.exec(pictures[0]!.mediaType)?.[1]
  const usage =
    isObject(document) && isObject(document['usageMetadata'])
      ? fromContentUsage(document['usageMetadata'])
      : undefined
  return {
    created: nowSeconds,
    data: pictures.map(({ mediaType, base64 }): Image =>
      params.response_format === 'url' && params.stream !== true
        ? { url: formatDataUrl({ mediaType, base64 }) }
        : { b64_json: base64 },
    ),
    ...(format === undefined ? {} : { output_format: format }),
    ...(usage === undefined
      ? {}
      : {
          usage: {
            input_tokens: usage.prompt_tokens,
            output_tokens: usage.completion_tokens,
            total_tokens: usage.total_tokens,
            input_tokens_details: { text_tokens: usage.prompt_tokens, image_tokens: 0 },
          },
        }),
  }
}

interface Picture {
  readonly mediaType: string
  readonly base64: string
}

function ofPrediction(prediction: Json): Picture {
  const { bytesBase64Encoded: base64, mimeType } = prediction
  if (typeof base64 !== 'string') {
    const reason =
      typeof prediction['raiFilteredReason'] === 'string'
        ? ` ${prediction['raiFilteredReason']}`
        : ''
    throw new ApiError('invalid_value', {
      message: `The picture was refused by the model's safety system.${reason}`,
      wireCode: 'content_policy_violation',
    })
  }
  return { mediaType: typeof mimeType === 'string' ? mimeType : 'image/png', base64 }
}

function drawn(document: unknown): Picture[] {
  return responseParts(document).flatMap(({ inlineData, thought }) =>
    inlineData === undefined || thought === true
      ? []
      : [{ mediaType: inlineData.mimeType, base64: inlineData.data }],
  )
}

function formatDrops(params: ImageGenerateParams): readonly string[] {
  return params.output_format === undefined || params.output_format === null
    ? []
    : ['output_format']
}

function imageType(contentType: string): string {
  return contentType.startsWith('image/') ? contentType : 'image/png'
}

function isImagen(model: string): boolean {
  return /^(?:models\/)?imagen-/.test(model)
}

function unsupported(param: string, message: string): ApiError {
  return new ApiError('unsupported_parameter', { message, param })
}
