import type { Batch, Gate } from '@sluice/core'
import type { ChatCompletion, ChatCompletionChunk, CompletionUsage } from '@sluice/core/wire'
import {
  CompletionAccumulator,
  ChunkBatch,
  completionChunks,
  DocumentBatch,
} from '@sluice/sse-stream/internal'
import { concatMap, defer, map, reduce, type MonoTypeOperatorFunction } from 'rxjs'
import type { RequestedForm } from './requested-form.ts'
import { usageChunk } from './usage-chunk.ts'

/**
 * An answer that came in one form, as another caller asked for it: streamed or whole, with the
 * usage event or without. Nothing is changed where both asked for the same.
 */
export function convertForm(
  came: RequestedForm,
  asked: RequestedForm,
  gate: Gate,
): MonoTypeOperatorFunction<Batch> {
  if (came.streamed && !asked.streamed) return joined(gate)
  if (!came.streamed && asked.streamed) return streamed(asked.showsUsage, gate)
  if (came.showsUsage !== asked.showsUsage) return withUsageShown(asked.showsUsage, gate)
  return (source) => source
}

function joined(gate: Gate): MonoTypeOperatorFunction<Batch> {
  return (source) =>
    defer(() => {
      const accumulator = new CompletionAccumulator()
      return source.pipe(
        reduce((usage: CompletionUsage | undefined, batch) => {
          for (const chunk of batch.chunks()) accumulator.add(chunk as ChatCompletionChunk)
          return batch.usage ?? usage
        }, undefined),
        map((usage) => {
          const value: ChatCompletion = {
            ...accumulator.result(),
            ...(usage === undefined ? {} : { usage }),
          }
          return new DocumentBatch<unknown, unknown>({ value }, gate, usage)
        }),
      )
    })
}

function streamed(showsUsage: boolean, gate: Gate): MonoTypeOperatorFunction<Batch> {
  return concatMap((batch) => {
    const { usage: written, ...completion } = batch.document() as ChatCompletion
    const chunks = completionChunks(completion)
    const usage = batch.usage ?? written
    const content: Batch = new ChunkBatch(chunks, gate)
    return usage === undefined
      ? [content]
      : [content, usageBatch(chunks[0], usage, showsUsage, gate)]
  })
}

function withUsageShown(showsUsage: boolean, gate: Gate): MonoTypeOperatorFunction<Batch> {
  return (source) =>
    defer(() => {
      let first: Batch | undefined
      return source.pipe(
        map((batch) => {
          first ??= batch
          if (batch.usage === undefined) return batch
          return usageBatch(
            first.chunks()[0] as ChatCompletionChunk | undefined,
            batch.usage,
            showsUsage,
            gate,
          )
        }),
      )
    })
}

function usageBatch(
  first: ChatCompletionChunk | undefined,
  usage: CompletionUsage,
  showsUsage: boolean,
  gate: Gate,
): Batch {
  return new ChunkBatch(
    showsUsage && first !== undefined ? [usageChunk(first, usage)] : [],
    gate,
    usage,
  )
}
