import { createGate, type Gate } from '@sluice/core'
import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionDelta,
  CompletionUsage,
  FinishReason,
} from '@sluice/core/wire'
import {
  CompletionAccumulator,
  ChunkBatch,
  DocumentBatch,
  encodeFrame,
  EventBatch,
} from '@sluice/sse-stream/internal'
import type { ChatBatch } from '@sluice/sse-stream'
import { Observable, type OperatorFunction } from 'rxjs'

const encoder = new TextEncoder()
const HEAD = {
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1_700_000_000,
  model: 'm',
} as const

export const usage: CompletionUsage = { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 }

/** A chunk of one choice. */
export function chunk(
  delta: ChatCompletionDelta,
  index = 0,
  finish: FinishReason | null = null,
): ChatCompletionChunk {
  return { ...HEAD, choices: [{ index, delta, finish_reason: finish }] }
}

export const say = (content: string, index = 0): ChatCompletionChunk => chunk({ content }, index)
export const think = (reasoning: string, index = 0): ChatCompletionChunk =>
  chunk({ reasoning_content: reasoning }, index)
export const finish = (reason: FinishReason = 'stop', index = 0): ChatCompletionChunk =>
  chunk({}, index, reason)

/** A part of a tool call; the first part of each has its name. */
export function callPart(at: number, text: string, name?: string, index = 0): ChatCompletionChunk {
  const first = name === undefined ? {} : { id: `call_${at}`, type: 'function' as const }
  const fn = { ...(name === undefined ? {} : { name }), arguments: text }
  return chunk({ tool_calls: [{ index: at, ...first, function: fn }] }, index)
}

/** Chunks as the bytes that a vendor sent in one turn. */
export function batch(...chunks: ChatCompletionChunk[]): EventBatch {
  return batchAt(createGate(), ...chunks)
}

export function batchAt(gate: Gate, ...chunks: ChatCompletionChunk[]): EventBatch {
  return new EventBatch(encoder.encode(chunks.map(encodeFrame).join('')), gate)
}

export function usageBatch(): ChatBatch {
  return new ChunkBatch([], createGate(), usage)
}

/** An answer of one choice that says these pieces, one batch each, with its end and its usage. */
export function answerOf(pieces: readonly string[]): ChatBatch[] {
  return [
    batch(chunk({ role: 'assistant', content: '' })),
    ...pieces.map((piece) => batch(say(piece))),
    batch(finish()),
    usageBatch(),
  ]
}

export function completionOf(content: string): ChatCompletion {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: 'm',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content, refusal: null },
        finish_reason: 'stop',
        logprobs: null,
      },
    ],
    usage,
  }
}

export function documentOf(completion: ChatCompletion): ChatBatch {
  return new DocumentBatch<ChatCompletionChunk, ChatCompletion>(
    { value: completion },
    createGate(),
    completion.usage,
  )
}

/** What came out of an Observable, in the order in which it came. */
export interface Outcome<T> {
  readonly values: T[]
  readonly error: unknown
  readonly isComplete: boolean
}

/** Runs values through an operator; everything happens synchronously. */
export function run<In, Out>(
  values: readonly In[],
  operator: OperatorFunction<In, Out>,
  failure?: unknown,
): Outcome<Out> {
  return outcomeOf(
    new Observable<In>((subscriber) => {
      for (const value of values) subscriber.next(value)
      if (failure === undefined) subscriber.complete()
      else subscriber.error(failure)
    }).pipe(operator),
  )
}

export function outcomeOf<T>(source: Observable<T>): Outcome<T> {
  const outcome = { values: [] as T[], error: undefined as unknown, isComplete: false }
  source.subscribe({
    next: (value) => outcome.values.push(value),
    error: (error: unknown) => (outcome.error = error),
    complete: () => (outcome.isComplete = true),
  })
  return outcome
}

/** The chunks of some batches, read from the bytes that would be written. */
export function chunksOf(batches: readonly ChatBatch[]): ChatCompletionChunk[] {
  const decoder = new TextDecoder()
  return batches
    .filter(({ framing }) => framing === 'events')
    .flatMap(({ bytes }) => decoder.decode(bytes).split('\n\n').filter(Boolean))
    .map((frame) => JSON.parse(frame.slice('data: '.length)) as ChatCompletionChunk)
}

/** What a client understands of some batches. */
export function read(batches: readonly ChatBatch[]): ChatCompletion['choices'] {
  const document = batches.map((batch) => batch.document()).find((one) => one !== undefined)
  if (document !== undefined) return document.choices
  const accumulator = new CompletionAccumulator()
  for (const one of chunksOf(batches)) accumulator.add(one)
  return accumulator.result().choices
}

/** A text cut at these offsets. */
export function cut(text: string, offsets: readonly number[]): string[] {
  const bounds = [
    ...new Set([0, ...offsets.map((at) => at % (text.length + 1)), text.length]),
  ].sort((a, b) => a - b)
  return bounds.slice(1).map((end, at) => text.slice(bounds[at], end))
}
