import { ApiError, type Batch, type Call } from '@sluice/core'
import type {
  Image,
  ImageGenerateParams,
  ImagesResponse,
  ImageStreamEvent,
  UploadedFile,
} from '@sluice/core/wire'
import { DocumentBatch, TypedEventBatch } from '@sluice/sse-stream/internal'
import { Observable, type Subscriber } from 'rxjs'
import { tokenUsage } from '@sluice/providers/internal'
import { formatDataUrl } from '@sluice/providers/internal'
import type { DemoHandler, DemoContext } from './answerer.ts'
import { countTokens } from './count-tokens.ts'
import { drawPicture } from './draw-picture.ts'
import { encodePng } from './encode-png.ts'

type ImageCall = Call<'images.generate'> | Call<'images.edit'> | Call<'images.createVariation'>
type ImageBatch = Batch<ImageStreamEvent, ImagesResponse>

const MAX_SIDE = 4096
const MAX_PIXELS = 2048 * 2048
const PIXELS_PER_TOKEN = 1024
/** As much of a picture that was sent as tells it from another. */
const MAX_SEED_BYTES = 64 * 1024
/** Sizes and qualities that OpenAI's answers name; an answer says nothing of others. */
const SIZES = ['1024x1024', '1024x1536', '1536x1024']
const QUALITIES = ['low', 'medium', 'high']

/**
 * Answers pictures with PNGs that are drawn from the prompt, the same for the same; asked for a URL
 * it gives a `data:` URL, asked for nothing both. It cannot see: pictures that come along only
 * change what is drawn.
 *
 * @throws ApiError 400 for a size beyond 4 megapixels, or a format other than PNG
 */
const answerImages = (call: ImageCall, context: DemoContext): Observable<ImageBatch> => {
  checkFormat(call.params as ImageGenerateParams)
  const size = readSize(call.params.size)
  return new Observable((subscriber) => {
    const drawing = new Drawing(call, size, Math.floor(context.clock.wall() / 1000), subscriber)
    drawing.run().catch((error: unknown) => subscriber.error(error))
  })
}

/** Answers `POST /images/generations`. */
export const answerImageGenerations: DemoHandler<'images.generate'> = answerImages
/** Answers `POST /images/edits`. */
export const answerImageEdits: DemoHandler<'images.edit'> = answerImages
/** Answers `POST /images/variations`. */
export const answerImageVariations: DemoHandler<'images.createVariation'> = (call, context) =>
  answerImages(call, context) as Observable<Batch<never, ImagesResponse>>

interface Size {
  readonly width: number
  readonly height: number
}

class Drawing {
  readonly #call: ImageCall
  readonly #params: Partial<ImageGenerateParams> & { readonly image?: readonly UploadedFile[] }
  readonly #size: Size
  readonly #created: number
  readonly #subscriber: Subscriber<ImageBatch>

  constructor(call: ImageCall, size: Size, created: number, subscriber: Subscriber<ImageBatch>) {
    this.#call = call
    this.#params = call.params
    this.#size = size
    this.#created = created
    this.#subscriber = subscriber
  }

  /**
   * One picture after the other; each is compressed away from the main thread, so that none holds
   * it for long.
   */
  async run(): Promise<void> {
    const { prompt = '', image = [], n, stream } = this.#params
    const text = [prompt, ...(await Promise.all(image.map(seedOf)))].join('\n')
    const pictures: Image[] = []
    for (let at = 0; at < (n ?? 1) && !this.#subscriber.closed; at++) {
      if (stream === true) await this.#stream(text, at, at === (n ?? 1) - 1)
      else pictures.push(this.#image(await this.#draw(text, at, 1)))
    }
    await this.#open()
    if (stream !== true) {
      const value = { created: this.#created, data: pictures, ...this.#facts, usage: this.#usage() }
      this.#subscriber.next(
        new DocumentBatch<ImageStreamEvent, ImagesResponse>(
          { value },
          this.#call.gate,
          tokenUsage(value.usage),
        ),
      )
    } else this.#emit([], true)
    this.#subscriber.complete()
  }

  async #stream(text: string, variant: number, isLast: boolean): Promise<void> {
    const kind = this.#call.operation === 'images.edit' ? 'image_edit' : 'image_generation'
    const partial = this.#params.partial_images ?? 0
    const common = { created_at: this.#created, size: 'auto', quality: 'auto', ...this.#facts }
    for (let at = 0; at < partial; at++) {
      const picture = await this.#draw(text, variant, (at + 1) / (partial + 1))
      await this.#open()
      this.#emit([
        { type: `${kind}.partial_image`, b64_json: picture, ...common, partial_image_index: at },
      ])
    }
    const picture = await this.#draw(text, variant, 1)
    await this.#open()
    const usage = isLast ? this.#usage() : usageOf(0, 0)
    this.#emit([{ type: `${kind}.completed`, b64_json: picture, ...common, usage }])
  }

  #emit(events: readonly ImageStreamEvent[], withUsage = false): void {
    const usage = withUsage ? tokenUsage(this.#usage()) : undefined
    this.#subscriber.next(
      new TypedEventBatch<ImageStreamEvent, ImagesResponse>({ events }, this.#call.gate, usage),
    )
  }

  #open(): Promise<void> {
    return new Promise((resolve) => this.#subscriber.add(this.#call.gate.whenOpen(resolve)))
  }

  async #draw(text: string, variant: number, done: number): Promise<string> {
    const motif = {
      text,
      variant,
      ...this.#size,
      isTransparent: this.#params.background === 'transparent',
      done,
    }
    return (await encodePng(drawPicture(motif))).toString('base64')
  }

  #image(base64: string): Image {
    const format = this.#params.response_format ?? undefined
    return {
      ...(format === 'b64_json' ? {} : { url: formatDataUrl({ mediaType: 'image/png', base64 }) }),
      ...(format === 'url' ? {} : { b64_json: base64 }),
    }
  }

  get #facts() {
    const size = `${this.#size.width}x${this.#size.height}`
    const { quality, background } = this.#params
    return {
      output_format: 'png',
      background: background === 'transparent' ? 'transparent' : 'opaque',
      ...(SIZES.includes(size) ? { size } : {}),
      ...(QUALITIES.includes(quality ?? '') ? { quality } : {}),
    }
  }

  #usage() {
    const { prompt = '', n } = this.#params
    const tokens = Math.ceil((this.#size.width * this.#size.height) / PIXELS_PER_TOKEN) * (n ?? 1)
    return usageOf(countTokens(prompt), tokens)
  }
}

function usageOf(input: number, output: number) {
  return {
    input_tokens: input,
    output_tokens: output,
    total_tokens: input + output,
    input_tokens_details: { text_tokens: input, image_tokens: 0 },
  }
}

function checkFormat({ output_format: format }: ImageGenerateParams): void {
  if (format === undefined || format === null || format === 'png') return
  throw new ApiError('unsupported_parameter', {
    message: `The demo cannot encode '${format}'; it gives 'png'.`,
    param: 'output_format',
  })
}

function readSize(size: string | null | undefined): Size {
  const [, width, height] = /^(\d+)x(\d+)$/.exec(size ?? '') ?? [undefined, '1024', '1024']
  const read = { width: Number(width), height: Number(height) }
  const largest = Math.max(read.width, read.height)
  if (
    Math.min(read.width, read.height) >= 1 &&
    largest <= MAX_SIDE &&
    read.width * read.height <= MAX_PIXELS
  )
    return read
  throw new ApiError('invalid_value', {
    message: `The demo draws up to ${MAX_SIDE} pixels a side and 4 megapixels in all.`,
    param: 'size',
  })
}

async function seedOf(file: UploadedFile): Promise<string> {
  let seed = `${file.size}:`
  for await (const piece of file.open()) {
    seed += Buffer.from(piece.subarray(0, MAX_SEED_BYTES)).toString('latin1')
    if (seed.length >= MAX_SEED_BYTES) break
  }
  return seed
}
