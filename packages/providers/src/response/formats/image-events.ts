import { ApiError, type Batch, type Gate } from '@sluice/core'
import type { ImagesResponse, ImageStreamEvent } from '@sluice/core/wire'
import { TypedEventBatch } from '@sluice/sse-stream/internal'
import { tokenUsage } from './token-usage.ts'

type ImageBatch = Batch<ImageStreamEvent, ImagesResponse>

const NO_USAGE = {
  input_tokens: 0,
  output_tokens: 0,
  total_tokens: 0,
  input_tokens_details: { text_tokens: 0, image_tokens: 0 },
}

/**
 * The stream that whole pictures would have been: for each that it is completed. `kind` is
 * `image_generation` or `image_edit`.
 *
 * @throws ApiError where a picture is only a URL, because events carry it as base64
 */
export function imageEvents(kind: string, answer: ImagesResponse, gate: Gate): ImageBatch[] {
  const { created, data, usage } = answer
  const events = data.map(({ b64_json: picture }, at) => {
    if (picture === undefined) {
      throw new ApiError('upstream_invalid_response', {
        message: 'The upstream gave a URL, which cannot be streamed.',
      })
    }
    return {
      type: `${kind}.completed`,
      b64_json: picture,
      created_at: created,
      size: answer['size'] ?? 'auto',
      quality: answer['quality'] ?? 'auto',
      background: answer['background'] ?? 'auto',
      output_format: answer['output_format'] ?? 'png',
      // What all of them cost is said once.
      usage: at === data.length - 1 ? { ...NO_USAGE, ...usage } : NO_USAGE,
    }
  })
  const batch = new TypedEventBatch<ImageStreamEvent, ImagesResponse>({ events }, gate)
  const cost = tokenUsage(usage)
  return cost === undefined ? [batch] : [batch, new TypedEventBatch({ events: [] }, gate, cost)]
}
