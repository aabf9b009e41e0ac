import type { ChatCompletionChunk } from '@sluice/core'
import type { MonoTypeOperatorFunction } from 'rxjs'
import { ChatAccumulator } from '../chat-accumulator.ts'
import { DocumentBatch } from '../document-batch.ts'
import { ChunkBatch } from '../event-batch.ts'
import { AnswerRewriter, type ChoiceRewriter } from './answer-rewriter.ts'
import type { ChatBatch } from './chat-batch.ts'
import { operate } from './operate.ts'

/** How an operator changes what one answer says. */
export interface Rewriting {
  /** Called once for each choice. */
  readonly create: (index: number) => ChoiceRewriter
  /** Changes the fields that stand beside the choices; the same object where nothing changes. */
  readonly envelope?: (chunk: ChatCompletionChunk) => ChatCompletionChunk
  /**
   * Where rewriters end choices early: how many choices the answer has at least. The source is let go when all are
   * over. @defaultValue 1
   */
  readonly choices?: number | undefined
}

/**
 * The frame of every operator that changes content. Batches without a change leave as they came, bytes and all; changed
 * ones become chunks; a whole answer stays a whole answer. What is held back leaves before finish reason, usage,
 * completion and error.
 *
 * @param begin called for each subscription
 */
export function rewriteChoices(begin: () => Rewriting): MonoTypeOperatorFunction<ChatBatch> {
  return operate<ChatBatch, ChatBatch>((subscriber) => {
    const { create, envelope = (chunk) => chunk, choices = 1 } = begin()
    const answer = new AnswerRewriter(create)
    let last: ChatBatch | undefined

    const flush = () => {
      const held = answer.flush()
      if (last !== undefined && held.length > 0) subscriber.next(new ChunkBatch(held.map(envelope), last.gate))
    }
    const rewrite = (batch: ChatBatch) => {
      const before = batch.chunks()
      const { chunks, isChanged } = answer.rewrite(before)
      const after = chunks.map(envelope)
      if (!isChanged && after.every((chunk, at) => chunk === before[at])) subscriber.next(batch)
      else if (after.length > 0) subscriber.next(new ChunkBatch(after, batch.gate))
    }
    return {
      next(batch) {
        last = batch
        if (batch.framing === 'binary') subscriber.next(batch)
        else if (batch.framing === 'document') subscriber.next(rewriteDocument(batch, answer, envelope))
        else if (batch.usage !== undefined) {
          flush()
          subscriber.next(batch)
        } else rewrite(batch)
        if (answer.isOver(choices)) subscriber.complete()
      },
      error(error) {
        flush()
        subscriber.error(error)
      },
      complete() {
        flush()
        subscriber.complete()
      },
    }
  })
}

function rewriteDocument(
  batch: ChatBatch,
  answer: AnswerRewriter,
  envelope: (chunk: ChatCompletionChunk) => ChatCompletionChunk,
): ChatBatch {
  const completion = batch.document()
  const before = batch.chunks().filter((chunk) => chunk.choices.length > 0)
  if (completion === undefined || before.length === 0) return batch
  const { chunks, isChanged } = answer.rewrite(before)
  const after = [...chunks, ...answer.flush()].map(envelope)
  if (!isChanged && after.length === before.length && after.every((chunk, at) => chunk === before[at])) return batch
  const accumulator = new ChatAccumulator()
  for (const chunk of after) accumulator.add(chunk)
  const { usage: _usage, ...rewritten } = accumulator.result()
  const { usage } = completion
  return new DocumentBatch(
    { value: { ...rewritten, ...(usage === undefined ? {} : { usage }) } },
    batch.gate,
    batch.usage,
    batch.contentType,
  )
}
