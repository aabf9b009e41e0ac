import type { UploadedFile } from './uploaded-file.ts'

/** The body of `POST /images/generations`. */
export interface ImageGenerateParams {
  model: string
  prompt: string
  n?: number | null
  size?: string | null
  quality?: string | null
  style?: string | null
  background?: string | null
  output_format?: string | null
  output_compression?: number | null
  response_format?: 'url' | 'b64_json' | null
  partial_images?: number | null
  stream?: boolean | null
  user?: string
  [field: string]: unknown
}

/** The form of `POST /images/edits`. */
export interface ImageEditParams extends ImageGenerateParams {
  image: readonly UploadedFile[]
  mask?: UploadedFile
}

/** The form of `POST /images/variations`. */
export interface ImageVariationParams {
  model: string
  image: readonly UploadedFile[]
  n?: number | null
  size?: string | null
  response_format?: 'url' | 'b64_json' | null
  user?: string
  [field: string]: unknown
}

/** One picture. */
export interface Image {
  url?: string
  b64_json?: string
  revised_prompt?: string
  [field: string]: unknown
}

/** The answer to the image endpoints. */
export interface ImagesResponse {
  /** Unix time in seconds. */
  created: number
  data: Image[]
  usage?: {
    input_tokens: number
    output_tokens: number
    total_tokens: number
    [field: string]: unknown
  }
  [field: string]: unknown
}

/**
 * One event of a streamed picture: `image_generation.partial_image`, `image_generation.completed`,
 * and the same for edits.
 */
export interface ImageStreamEvent {
  type: string
  [field: string]: unknown
}
