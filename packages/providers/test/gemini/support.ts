import type { ChatCompletion, ChatCompletionCreateParams, ChatCompletionMessageParam } from '@sluice/core'
import { createGate } from '@sluice/core'
import { geminiSpec } from '@sluice/providers/gemini'
import { ChatAccumulator, ChatAssembler, ChatTranslator } from '@sluice/sse-stream'
import type { Content, Part } from '../../src/gemini/content.ts'
import type { ChatDialect, EncodedRequest } from '../../src/provider-spec.ts'

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
const envelope = { id: 'chatcmpl-own', created: 1_700_000_000, model: MODEL }

/** Gemini's chat, with a memory of its own. */
export function chat(): ChatDialect {
  return geminiSpec().chat!
}

/** What is sent for a call that says the least but for what matters to a test. The params are frozen, so that touching them fails. */
export function encode(
  changes: Partial<ChatCompletionCreateParams> = {},
  dialect = chat(),
): Omit<EncodedRequest, 'body'> & { readonly body: GeminiRequest } {
  const params = deepFreeze({ model: MODEL, messages: [{ role: 'user' as const, content: 'Hi' }], ...changes })
  const encoded = dialect.encode(params, { model: params.model, stream: params.stream === true })
  return { ...encoded, body: JSON.parse(JSON.stringify(encoded.body)) as GeminiRequest }
}

/** The turns that messages become. */
export function contentsOf(messages: readonly ChatCompletionMessageParam[], model = MODEL): readonly Content[] {
  return encode({ model, messages }).body.contents
}

/** Responses as events, with the line ends that Gemini uses. */
export function events(...responses: readonly unknown[]): Uint8Array {
  return new TextEncoder().encode(responses.map((response) => `data: ${JSON.stringify(response)}\r\n\r\n`).join(''))
}

/** One response with one candidate. */
export function response(parts: readonly unknown[] | undefined, candidate: object = {}, more: object = {}): object {
  return {
    candidates: [{ ...(parts === undefined ? {} : { content: { role: 'model', parts } }), index: 0, ...candidate }],
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
  const translator = new ChatTranslator({
    decoder: dialect.decoder(params, { model: params.model, stream: true }),
    envelope,
    gate: createGate(),
    includeUsage: true,
  })
  const batches = pieces.flatMap((piece) => translator.push(piece) ?? [])
  if (translator.failure === undefined) batches.push(...translator.end())
  const chunks = batches.flatMap((batch) => batch.chunks())
  const accumulator = new ChatAccumulator()
  for (const chunk of chunks) accumulator.add(chunk)
  const bytes = batches.map((batch) => new TextDecoder().decode(batch.bytes)).join('')
  return { bytes, chunks, completion: accumulator.result(), failure: translator.failure }
}

/** What a client gets for an answer that was not streamed. */
export function completionOf(
  document: unknown,
  changes: Partial<ChatCompletionCreateParams> = {},
  dialect = chat(),
): ChatCompletion {
  const params = { model: MODEL, messages: [], ...changes }
  const assembler = new ChatAssembler(envelope)
  const accumulator = new ChatAccumulator()
  for (const delta of dialect.decode(document, params, { model: params.model, stream: false })) {
    const chunk = assembler.add(delta)
    if (chunk !== undefined) accumulator.add(chunk)
  }
  for (const chunk of assembler.finishOpen()) accumulator.add(chunk)
  const usage = assembler.usageChunk()
  if (usage !== undefined) accumulator.add(usage)
  return accumulator.result()
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    Object.values(value).forEach(deepFreeze)
  }
  return value
}
