import { headerText, type Batch, type Call } from '@sluice/core'
import type { Observable } from 'rxjs'
import { chatAnswer } from '../answer/chat-answer.ts'
import type { ProviderRuntime } from '../provider-runtime.ts'
import type { ChatDialect } from '../provider-spec.ts'

/** Answers a chat call in a dialect. */
export function answerChat(
  call: Call<'chat.completions'>,
  runtime: ProviderRuntime,
  dialect: ChatDialect,
): Observable<Batch> {
  const streamed = call.params.stream === true
  return chatAnswer(call, {
    dialect,
    context: runtime.context(call, streamed),
    envelope: runtime.envelope(call),
    maxEventBytes: runtime.maxEventBytes,
    request: () => {
      const encoded = dialect.encode(call.params, { model: call.model, stream: streamed })
      runtime.reportDrops(call, dialect.drops, encoded.drops)
      if (encoded.weakened !== undefined && encoded.weakened.length > 0) {
        call.report.headers['x-sluice-weakened-schema'] = headerText(encoded.weakened.join(', '))
      }
      return runtime.request(call, encoded)
    },
  })
}
