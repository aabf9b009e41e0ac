import type {
  ChatCompletion,
  ChatCompletionCreateParams,
  ChatCompletionMessageParam,
} from '@sluice/core/wire'
import { geminiSpec } from '@sluice/providers/gemini'
import type { Content, Part } from '../../../src/vendors/gemini/content.ts'
import type { ChatDialect, EncodedRequest } from '../../../src/vendor-spec/provider-spec.ts'
import { assembled, deepFreeze, translated } from '../../dialect-answers.ts'

/** A request as Gemini sees it. */
export interface GeminiRequest {
  readonly contents: readonly Content[]
  readonly systemInstruction?: { readonly parts: readonly Part[] }
  readonly tools?: readonly Readonly<Record<string, unknown>>[]
  readonly toolConfig?: Readonly<Record<string, unknown>>
  readonly generationConfig?: Readonly<Record<string, unknown>>
  readonly [field: string]: unknown
}

export const MODEL = 'gemini-2.5-flash'
export const SIGNATURE = 'EqQBCqEBAdHtim8xc2lnbmF0dXJlLW9mLWEtdGVzdA=='

/** Gemini's chat, with a memory of its own. */
export function chat(): ChatDialect {
  return geminiSpec().chat!
}

/**
 * What is sent for a call that says the least but for what matters to a test. The params are
 * frozen, so that touching them fails.
 */
export function encode(
  changes: Partial<ChatCompletionCreateParams> = {},
  dialect = chat(),
): Omit<EncodedRequest, 'body'> & { readonly body: GeminiRequest } {
  const params = deepFreeze({
    model: MODEL,
    messages: [{ role: 'user' as const, content: 'Hi' }],
    ...changes,
  })
  const encoded = dialect.encode(params, { model: params.model, stream: params.stream === true })
  return { ...encoded, body: JSON.parse(JSON.stringify(encoded.body)) as GeminiRequest }
}

/** The turns that messages become. */
export function contentsOf(
  messages: readonly ChatCompletionMessageParam[],
  model = MODEL,
): readonly Content[] {
  return encode({ model, messages }).body.contents
}

/** Responses as events, with the line ends that Gemini uses. */
export function events(...responses: readonly unknown[]): Uint8Array {
  return new TextEncoder().encode(
    responses.map((response) => `data: ${JSON.stringify(response)}\r\n\r\n`).join(''),
  )
}

/** One response with one candidate. */
export function response(
  parts: readonly unknown[] | undefined,
  candidate: object = {},
  more: object = {},
): object {
  return {
    candidates: [
      {
        ...(parts === undefined ? {} : { content: { role: 'model', parts } }),
        index: 0,
        ...candidate,
      },
    ],
    responseId: 'r3sp0nse',
    modelVersion: MODEL,
    ...more,
  }
}

/** What a client gets for a stream that arrives in these pieces. */
export function translate(
  pieces: readonly Uint8Array[],
  changes: Partial<ChatCompletionCreateParams> = {},
  dialect = chat(),
) {
  const params = { model: MODEL, messages: [], stream: true, ...changes }
  const { text, ...answer } = translated(
    MODEL,
    dialect.decoder(params, { model: params.model, stream: true }),
    pieces,
  )
  return { bytes: text, ...answer }
}

/** What a client gets for an answer that was not streamed. */
export function completionOf(
  document: unknown,
  changes: Partial<ChatCompletionCreateParams> = {},
  dialect = chat(),
): ChatCompletion {
  const params = { model: MODEL, messages: [], ...changes }
  return assembled(MODEL, dialect.decode(document, params, { model: params.model, stream: false }))
}
