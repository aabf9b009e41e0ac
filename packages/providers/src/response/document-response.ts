import type { Batch, Call, Document, Operation } from '@sluice/core'
import type { CompletionUsage } from '@sluice/core/wire'
import { DocumentBatch } from '@sluice/sse-stream/internal'
import { Observable } from 'rxjs'
import type { UpstreamRequest } from '../transport/send.ts'
import type { ResponseContext } from './response-context.ts'
import { unreadable, UpstreamResponse } from './upstream-response.ts'

/** What it takes to answer a call whose upstream gives one JSON document. */
export interface DocumentResponseOptions<O extends Operation> {
  readonly context: ResponseContext
  readonly request: () => UpstreamRequest
  /** The document as OpenAI gives it; throws where it cannot be read. */
  readonly decode: (json: unknown) => Document<O>
  /**
   * What the document cost, where its bytes already are what a client must get; then they are sent
   * on unparsed.
   */
  readonly passThrough?: (bytes: Uint8Array) => CompletionUsage | undefined
  readonly usageOf?: (document: Document<O>) => CompletionUsage | undefined
}

/** The answer to a call that is one JSON request and one JSON document. */
export function documentResponse<O extends Operation>(
  call: Call<O>,
  options: DocumentResponseOptions<O>,
): Observable<Batch<never, Document<O>>> {
  return new Observable((subscriber) => {
    const { context } = options
    const emit = (batch: Batch<never, Document<O>>) => {
      subscriber.next(batch)
      subscriber.complete()
    }
    const read = (bytes: Uint8Array) => {
      const known = options.passThrough?.(bytes)
      if (known !== undefined)
        return emit(new DocumentBatch<never, Document<O>>({ bytes }, context.gate, known))
      answer.parse(bytes, decode)
    }
    const decode = (json: unknown) => {
      let value: Document<O>
      try {
        value = options.decode(json)
      } catch (error) {
        return subscriber.error(unreadable(error))
      }
      emit(new DocumentBatch<never, Document<O>>({ value }, context.gate, options.usageOf?.(value)))
    }
    const answer = new UpstreamResponse(context, {
      hasEmitted: false,
      fail: (error) => subscriber.error(error),
      open: () => answer.body(read),
    })
    answer.start(call.report, options.request)
    return () => answer.stop()
  })
}
