import { readFileSync } from 'node:fs'
import type { ChatCompletion, ChatCompletionCreateParams } from '@sluice/core/wire'
import { anthropicSpec, type ThinkingMemory } from '@sluice/providers/anthropic'
import type { MessagesRequest } from '../../../src/vendors/anthropic/wire.ts'
import { assembled, deepFreeze, translated } from '../../dialect-answers.ts'

export const MODEL = 'claude-sonnet-4-5'

/** A call that says the least, with what matters to a test. */
export function paramsOf(
  changes: Partial<ChatCompletionCreateParams> = {},
): ChatCompletionCreateParams {
  return { model: MODEL, messages: [{ role: 'user', content: 'Hello' }], ...changes }
}

/** What is sent for a call. The params are frozen, so that touching them fails. */
export function encode(changes: Partial<ChatCompletionCreateParams>, memory?: ThinkingMemory) {
  const params = deepFreeze(paramsOf(changes))
  const encoded = anthropicSpec(memory).chat!.encode(params, {
    model: params.model,
    stream: params.stream === true,
  })
  return {
    ...encoded,
    body: JSON.parse(JSON.stringify(encoded.body)) as MessagesRequest & Record<string, unknown>,
  }
}

/**
 * The vendor's answer in one of the golden cases: the bytes of its stream, and the same as a whole.
 */
export function fixture(name: string): { readonly sse: Uint8Array; readonly message: unknown } {
  const folder = new URL(`../../fixtures/anthropic/${name}/`, import.meta.url)
  const read = (ending: string) => readFileSync(new URL(`upstream.${ending}`, folder))
  return { sse: new Uint8Array(read('sse')), message: JSON.parse(read('json').toString()) }
}

/** What a client is given for a stream that arrives in these pieces. */
export function translate(
  pieces: readonly Uint8Array[],
  changes: Partial<ChatCompletionCreateParams> = {},
  memory?: ThinkingMemory,
) {
  const params = paramsOf({ ...changes, stream: true })
  const decoder = anthropicSpec(memory).chat!.decoder(params, { model: params.model, stream: true })
  return translated(MODEL, decoder, pieces)
}

/** What a client is given for an answer that was not streamed. */
export function completionOf(
  message: unknown,
  changes: Partial<ChatCompletionCreateParams> = {},
  memory?: ThinkingMemory,
): ChatCompletion {
  const params = paramsOf(changes)
  return assembled(
    MODEL,
    anthropicSpec(memory).chat!.decode(message, params, { model: params.model, stream: false }),
  )
}

/** Events as the vendor sends them. */
export function events(
  ...list: readonly { readonly type: string; readonly [field: string]: unknown }[]
): Uint8Array {
  return new TextEncoder().encode(
    list.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''),
  )
}
