import type { Batch, Call } from '@sluice/core'
import type { ChatCompletion, ChatCompletionChunk } from '@sluice/core/wire'
import { ChunkBatch, DocumentBatch } from '@sluice/sse-stream/internal'
import { defer, mergeMap, type Observable } from 'rxjs'
import { CustomCalls } from './custom-calls.ts'
import { CustomNames } from './custom-names.ts'
import { functionsForCustoms } from './functions-for-customs.ts'

type ChatCall = Call<'chat.completions'>
type ChatBatch = Batch<ChatCompletionChunk, ChatCompletion>

/**
 * The answer to a chat call with custom tools from an upstream that knows functions alone: each
 * such tool is a function with one text for it, and its calls are given back as the tool's.
 */
export function customToolsOverFunctions(
  call: ChatCall,
  ask: (call: ChatCall) => Observable<ChatBatch>,
): Observable<ChatBatch> {
  return defer(() => {
    const names = new CustomNames(call.params)
    const calls = new CustomCalls(names)
    const params = functionsForCustoms(call.params, names)
    return ask({ ...call, params, body: undefined }).pipe(
      mergeMap((batch) => restored(batch, calls, call)),
    )
  })
}

function restored(batch: ChatBatch, calls: CustomCalls, { gate }: ChatCall): ChatBatch[] {
  if (batch.framing === 'document') {
    const document = batch.document()!
    const value = calls.completion(document)
    return value === document ? [batch] : [new DocumentBatch({ value }, gate, batch.usage)]
  }
  const before = batch.chunks()
  const chunks = before.flatMap((chunk) => calls.chunks(chunk))
  if (chunks.length === before.length && chunks.every((chunk, at) => chunk === before[at]))
    return [batch]
  return chunks.length === 0 && batch.usage === undefined
    ? []
    : [new ChunkBatch(chunks, gate, batch.usage)]
}
