import { BYTES_PER_TOKEN, MAX_CHOICES } from '@sluice/core/internal'

/** What a request may cost, before anyone has counted. */
export interface TokenEstimate {
  readonly prompt: number
  /** All choices together. */
  readonly completion: number
}

/** No model in use writes more than this into one choice. */
const MAX_COMPLETION_TOKENS = 131_072
/**
 * Characters that make a text long. Whoever reads a long one makes the engine put its pieces
 * together, which costs more than all else that is done with it (see `LongStrings` of `endpoints`).
 */
const LONG_TEXT = 65_536
/**
 * Where a body is longer than its long texts by no more than this part of them, the body's length
 * is theirs: they are ASCII, nearly.
 */
const BODY_SLACK = 1 / 16
/**
 * Beyond this many values the rest counts one token each, unseen: no real prompt has so many, and
 * looking takes time.
 */
const MAX_VALUES = 250_000
/**
 * What is long to send but has a price of its own, by the `type` of its part: about a large
 * picture, a minute, a few pages. A Map, because a caller may write `constructor` there.
 */
const MEDIA_TOKENS: ReadonlyMap<unknown, number> = new Map([
  ['image', 1000],
  ['image_url', 1000],
  ['input_image', 1000],
  ['audio', 1000],
  ['input_audio', 1000],
  ['video_url', 2000],
  ['input_video', 2000],
  ['file', 2000],
  ['input_file', 2000],
  ['document', 2000],
])
const DATA_URI_TOKENS = 2000
/** The params that a model reads. */
const PROMPT_FIELDS: ReadonlySet<string> = new Set([
  'messages',
  'input',
  'prompt',
  'instructions',
  'system',
  'tools',
  'functions',
  'response_format',
  'text',
  'contents',
  'systemInstruction',
  'system_instruction',
])
/** Data in Gemini's form, which has a price of its own as well. */
const INLINE_DATA: ReadonlySet<string> = new Set(['inlineData', 'inline_data'])
/** The params that come as uploads, one or several. */
const UPLOAD_FIELDS: ReadonlySet<string> = new Set(['image', 'mask', 'file'])
const UPLOAD_TOKENS = 1000

/**
 * A guess at the tokens of a request, for reserving them; what was really spent takes its place
 * later. Reads params of any operation: text by its bytes, token ids one by one, pictures, sounds
 * and files at a flat price however long their data. Linear, without tokenizer or recursion: 20 MB
 * take less than 50 ms (an object of a million keys, which no endpoint lets in, takes longer).
 * `bodyBytes`, where known, is how long the params were as JSON.
 *
 * `defaultCompletion` stands for a choice whose `max_tokens` is missing; no choice counts more than
 * 131,072.
 */
export function estimateTokens(
  params: unknown,
  defaultCompletion: number,
  bodyBytes = Infinity,
): TokenEstimate {
  const given = (typeof params === 'object' && params !== null ? params : {}) as Readonly<
    Record<string, unknown>
  >
  const config = (given['generationConfig'] ?? given['generation_config'] ?? {}) as typeof given
  const limit = wholeAbove0(
    given['max_completion_tokens'] ??
      given['max_tokens'] ??
      given['max_output_tokens'] ??
      config['maxOutputTokens'] ??
      config['max_output_tokens'],
  )
  const candidates = given['n'] ?? config['candidateCount'] ?? config['candidate_count']
  const choices = Math.min(wholeAbove0(candidates) ?? 1, MAX_CHOICES) * textsIn(given['prompt'])
  const count = new TokenCount(bodyBytes)
  let uploads = 0
  // Few are sent of those that there are.
  for (const field in given) {
    const value = given[field]
    if (value === undefined || value === null) continue
    if (PROMPT_FIELDS.has(field)) count.see('', value)
    else if (typeof value === 'object' && UPLOAD_FIELDS.has(field))
      uploads += Array.isArray(value) ? value.length : 1
  }
  return {
    prompt: Math.max(1, count.total() + uploads * UPLOAD_TOKENS),
    completion: Math.min(limit ?? defaultCompletion, MAX_COMPLETION_TOKENS) * choices,
  }
}

/** Tokens of a text, by its length in UTF-8. */
export function textTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN)
}

/**
 * Adds up the tokens of values and of all that is in them. Each counts for something, so that none
 * is a place to hide.
 */
class TokenCount {
  readonly #bodyBytes: number
  #tokens = 0
  #values = 0
  readonly #longTexts: string[] = []
  readonly #pending: object[] = []

  constructor(bodyBytes: number) {
    this.#bodyBytes = bodyBytes
  }

  see(key: string, value: unknown): void {
    if (typeof value === 'string') this.#seeString(key, value)
    else if (INLINE_DATA.has(key) && isBlob(value)) this.#tokens += DATA_URI_TOKENS
    else if (typeof value === 'object' && value !== null) this.#pending.push(value)
    else this.#tokens += 1
  }

  total(): number {
    while (this.#pending.length > 0) {
      const container = this.#pending.pop()!
      this.#tokens += 1
      if (Array.isArray(container)) this.#seeItems(container)
      else this.#seeFields(container as Readonly<Record<string, unknown>>)
    }
    return this.#tokens + this.#longTokens()
  }

  #seeString(key: string, value: string): void {
    // What stands for text is read as text, whatever it begins with.
    const isText = key === '' || key === 'text' || key === 'content'
    if (value.length > 64 && !isText && value.startsWith('data:')) this.#tokens += DATA_URI_TOKENS
    else if (value.length < LONG_TEXT) this.#tokens += Math.max(1, textTokens(value))
    else this.#longTexts.push(value)
  }

  #longTokens(): number {
    const length = this.#longTexts.reduce((sum, text) => sum + text.length, 0)
    const beside = this.#bodyBytes - length
    if (beside >= 0 && beside <= length * BODY_SLACK)
      return Math.ceil(this.#bodyBytes / BYTES_PER_TOKEN)
    return this.#longTexts.reduce((tokens, text) => tokens + textTokens(text), 0)
  }

  #seeItems(items: readonly unknown[]): void {
    const seen = Math.min(items.length, MAX_VALUES - this.#values)
    for (let index = 0; index < seen; index++) this.see('', items[index])
    this.#values += seen
    this.#tokens += items.length - seen
  }

  #seeFields(fields: Readonly<Record<string, unknown>>): void {
    // A message is never a picture, whatever type it claims.
    const media = fields['role'] === undefined ? MEDIA_TOKENS.get(fields['type']) : undefined
    if (media !== undefined) {
      this.#tokens += media
      return
    }
    for (const key in fields) {
      if (this.#values++ >= MAX_VALUES) {
        this.#values = MAX_VALUES
        this.#tokens += 1
        return
      }
      this.#tokens += 1
      this.see(key, fields[key])
    }
  }
}

/** Whether a value is data and its type, and nothing beside that a model could read. */
function isBlob(value: unknown): boolean {
  const { mimeType, mime_type: type = mimeType, data } = (value ?? {}) as Record<string, unknown>
  const isTyped = typeof data === 'string' && typeof type === 'string'
  return isTyped && type.length < 256 && Object.keys(value as object).length <= 3
}

/** Each text of a legacy completion is answered by itself; a list of token ids is one text. */
function textsIn(prompt: unknown): number {
  return Array.isArray(prompt) && prompt.length > 0 && typeof prompt[0] !== 'number'
    ? prompt.length
    : 1
}

function wholeAbove0(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 1
    ? Math.floor(value)
    : undefined
}
