import { ApiError, type Batch, type Call, type Timer } from '@sluice/core'
import type { CreateEmbeddingResponse, EmbeddingCreateParams } from '@sluice/core/wire'
import { DocumentBatch } from '@sluice/sse-stream/internal'
import { Observable } from 'rxjs'
import { encodeVector } from '@sluice/providers/internal'
import type { DemoHandler } from './answerer.ts'
import { countTokens } from './count-tokens.ts'
import { embedText } from './embed-text.ts'

type EmbeddingsBatch = Batch<never, CreateEmbeddingResponse>
type Input = string | readonly number[]

const DEFAULT_DIMENSIONS = 256
const MAX_DIMENSIONS = 4096
/** Characters that are looked at: of one input, and of all together, where each gets its share. */
const MAX_INPUT_CHARS = 60_000
const MAX_CHARS = 1_000_000
/** Characters and dimensions worked off in one turn of the event loop, some milliseconds. */
const WORK_PER_TURN = 40_000

/**
 * Answers embeddings. A request of many or long inputs is worked off in several turns, so that it
 * holds nobody else up.
 */
export const answerEmbeddings: DemoHandler<'embeddings'> = (call, { clock }) => {
  const writer = new EmbeddingsWriter(call)
  return new Observable((subscriber) => {
    let timer: Timer
    let stopWaiting = () => {}
    const work = () => {
      try {
        if (!writer.work()) timer = clock.setTimeout(turn, 0)
        else {
          subscriber.next(writer.batch())
          subscriber.complete()
        }
      } catch (error) {
        // Thrown out of a timer it would end the process.
        subscriber.error(error)
      }
    }
    const turn = () => {
      stopWaiting = call.gate.whenOpen(work)
    }
    turn()
    return () => {
      clock.clearTimeout(timer)
      stopWaiting()
    }
  })
}

/**
 * Writes the answer's JSON entry by entry, because turning thousands of vectors into text at once
 * takes as long as making them.
 */
class EmbeddingsWriter {
  readonly #call: Call<'embeddings'>
  readonly #inputs: readonly Input[]
  readonly #dimensions: number
  readonly #maxChars: number
  readonly #parts: Buffer[] = []
  #at = 0
  #tokens = 0

  constructor(call: Call<'embeddings'>) {
    this.#call = call
    this.#inputs = inputsOf(call.params.input)
    this.#dimensions = dimensionsOf(call.params)
    this.#maxChars = Math.min(MAX_INPUT_CHARS, Math.ceil(MAX_CHARS / this.#inputs.length))
  }

  /** Embeds the next inputs; `true` when all are done. */
  work(): boolean {
    let left = WORK_PER_TURN
    let text = ''
    while (left > 0 && this.#at < this.#inputs.length) {
      const input = this.#inputs[this.#at]!
      const vector = embedText(input, this.#dimensions, this.#maxChars)
      const embedding = encodeVector(vector, this.#call.params.encoding_format)
      text += `${this.#at === 0 ? '' : ','}${JSON.stringify({ object: 'embedding', index: this.#at, embedding })}`
      this.#tokens += typeof input === 'string' ? countTokens(input, this.#maxChars) : input.length
      this.#at++
      left -= this.#dimensions + Math.min(input.length, this.#maxChars)
    }
    this.#parts.push(Buffer.from(text))
    return this.#at === this.#inputs.length
  }

  batch(): EmbeddingsBatch {
    const { gate, model } = this.#call
    const usage = { prompt_tokens: this.#tokens, total_tokens: this.#tokens }
    const tail = `],"model":${JSON.stringify(model === '' ? 'demo-embedding' : model)},"usage":${JSON.stringify(usage)}}`
    const bytes = Buffer.concat([
      Buffer.from('{"object":"list","data":['),
      ...this.#parts,
      Buffer.from(tail),
    ])
    return new DocumentBatch<never, CreateEmbeddingResponse>({ bytes }, gate, {
      ...usage,
      completion_tokens: 0,
    })
  }
}

function inputsOf(input: EmbeddingCreateParams['input']): readonly Input[] {
  if (typeof input === 'string') return [input]
  if (input.length === 0) throw invalid('input must not be empty.', 'input')
  return typeof input[0] === 'number' ? [input as readonly number[]] : (input as readonly Input[])
}

function dimensionsOf({ dimensions = DEFAULT_DIMENSIONS }: EmbeddingCreateParams): number {
  if (Number.isInteger(dimensions) && dimensions >= 1 && dimensions <= MAX_DIMENSIONS)
    return dimensions
  throw invalid(
    `dimensions must be a whole number from 1 to ${MAX_DIMENSIONS} for the demo.`,
    'dimensions',
  )
}

function invalid(message: string, param: string): ApiError {
  return new ApiError('invalid_value', { message, param })
}
