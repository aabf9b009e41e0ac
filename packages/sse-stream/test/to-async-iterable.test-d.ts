import {
  fromAsyncIterable,
  pickText,
  toAsyncIterable,
  toReadableStream,
  type ChatBatch,
} from '@sluice/sse-stream'
import { EMPTY, type Observable } from 'rxjs'
import { expectTypeOf } from 'vitest'

const batches$: Observable<ChatBatch> = EMPTY

expectTypeOf(toAsyncIterable(batches$)).toEqualTypeOf<AsyncIterable<ChatBatch>>()
expectTypeOf(toReadableStream(batches$.pipe(pickText()))).toEqualTypeOf<ReadableStream<string>>()
expectTypeOf(fromAsyncIterable(toAsyncIterable(batches$))).toEqualTypeOf<Observable<ChatBatch>>()
expectTypeOf(fromAsyncIterable(new ReadableStream<number>())).toEqualTypeOf<Observable<number>>()
