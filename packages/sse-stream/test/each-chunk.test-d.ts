import type { ChatCompletionChunk } from '@sluice/core/wire'
import {
  accumulate,
  collectToolCalls,
  eachChunk,
  fromEvents,
  pickText,
  redact,
  toSse,
} from '@sluice/sse-stream'
import { EMPTY, type Observable } from 'rxjs'
import { expectTypeOf } from 'vitest'

const batches$ = fromEvents(EMPTY)

expectTypeOf(batches$.pipe(redact(/a/), eachChunk())).toEqualTypeOf<
  Observable<ChatCompletionChunk>
>()
expectTypeOf(batches$.pipe(pickText())).toEqualTypeOf<Observable<string>>()
expectTypeOf(batches$.pipe(toSse())).toEqualTypeOf<Observable<Uint8Array>>()

batches$
  .pipe(accumulate())
  .subscribe(({ choices }) =>
    expectTypeOf(choices[0]?.message.content).toEqualTypeOf<string | null | undefined>(),
  )
batches$
  .pipe(collectToolCalls())
  .subscribe((call) =>
    expectTypeOf(
      call.type === 'function' ? call.function.arguments : call.custom.input,
    ).toBeString(),
  )

// @ts-expect-error text has no chunks any more
batches$.pipe(pickText(), eachChunk())
// @ts-expect-error a misspelt option
batches$.pipe(redact({ pattern: /a/ }))
