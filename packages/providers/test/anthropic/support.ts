import { readFileSync } from 'node:fs'
import { createGate, type ChatCompletion, type ChatCompletionCreateParams } from '@sluice/core'
import { ChatAccumulator, ChatAssembler, ChatTranslator } from '@sluice/sse-stream'
import { anthropicSpec, type ThinkingMemory } from '@sluice/providers/anthropic'
import type { MessagesRequest } from '../../src/anthropic/wire.ts'

export const MODEL = 'claude-sonnet-4-5'
const envelope = { id: 'chatcmpl-own', created: 1_700_000_000, model: MODEL }

/** A call that says the least, with what matters to a test. */
export function paramsOf(changes: Partial<ChatCompletionCreateParams> = {}): ChatCompletionCreateParams {
  return { model: MODEL, messages: [{ role: 'user', content: 'Hello' }], ...changes }
}

/** What is sent for a call. The params are frozen, so that touching them fails. */
export function encode(changes: Partial<ChatCompletionCreateParams>, memory?: ThinkingMemory) {
  const params = deepFreeze(paramsOf(changes))
  const encoded = anthropicSpec(memory).chat!.encode(params, { model: params.model, stream: params.stream === true })
  return { ...encoded, body: JSON.parse(JSON.stringify(encoded.body)) as MessagesRequest & Record<string, unknown> }
}

/** The vendor's answer in one of the golden cases: the bytes of its stream, and the same as a whole. */
export function fixture(name: string): { readonly sse: Uint8Array; readonly message: unknown } {
  const folder = new URL(`../fixtures/anthropic/${name}/`, import.meta.url)
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
  const translator = new ChatTranslator({
    decoder: anthropicSpec(memory).chat!.decoder(params, { model: params.model, stream: true }),
    envelope,
    gate: createGate(),
    includeUsage: true,
  })
  const batches = pieces.flatMap((piece) => translator.push(piece) ?? [])
  if (translator.failure === undefined) batches.push(...translator.end())
  const chunks = batches.flatMap((batch) => batch.chunks())
  const accumulator = new ChatAccumulator()
  for (const chunk of chunks) accumulator.add(chunk)
  const text = batches.map((batch) => new TextDecoder().decode(batch.bytes)).join('')
  return { text, chunks, completion: accumulator.result(), failure: translator.failure }
}

/** What a client is given for an answer that was not streamed. */
export function completionOf(
  message: unknown,
  changes: Partial<ChatCompletionCreateParams> = {},
  memory?: ThinkingMemory,
): ChatCompletion {
  const params = paramsOf(changes)
  const assembler = new ChatAssembler(envelope)
  const accumulator = new ChatAccumulator()
  for (const delta of anthropicSpec(memory).chat!.decode(message, params, { model: params.model, stream: false })) {
    const chunk = assembler.add(delta)
    if (chunk !== undefined) accumulator.add(chunk)
  }
  for (const chunk of assembler.finishOpen()) accumulator.add(chunk)
  const usage = assembler.usageChunk()
  if (usage !== undefined) accumulator.add(usage)
  return accumulator.result()
}

/** Events as the vendor sends them. */
export function events(...list: readonly { readonly type: string; readonly [field: string]: unknown }[]): Uint8Array {
  return new TextEncoder().encode(
    list.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''),
  )
}

export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    Object.values(value).forEach(deepFreeze)
  }
  return value
}
