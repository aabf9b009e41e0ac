import { headerText, type Batch, type Call, type ChatCompletion, type ChatCompletionChunk } from '@sluice/core'
import type { Observable } from 'rxjs'
import { chatAnswer } from '../answer/chat-answer.ts'
import { needsFanOut } from '../fan-out-jobs.ts'
import { fanOut } from '../fan-out.ts'
import type { ProviderRuntime } from '../provider-runtime.ts'
import type { ChatDialect } from '../provider-spec.ts'

type ChatBatch = Batch<ChatCompletionChunk, ChatCompletion>

/** Answers a chat call in a dialect; by several requests where one cannot give as many choices as were asked for. */
export function answerChat(
  call: Call<'chat.completions'>,
  runtime: ProviderRuntime,
  dialect: ChatDialect,
): Observable<ChatBatch> {
  if (!needsFanOut(call.params, dialect.maxChoices)) return answerByOne(call, runtime, dialect)
  return fanOut(call, { maxChoices: dialect.maxChoices!, ask: (one) => answerByOne(one, runtime, dialect) })
}

function answerByOne(
  call: Call<'chat.completions'>,
  runtime: ProviderRuntime,
  dialect: ChatDialect,
): Observable<ChatBatch> {
  const streamed = call.params.stream === true
  return chatAnswer(call, {
    dialect,
    context: runtime.context(call, streamed),
    envelope: () => runtime.envelope(call),
    maxEventBytes: runtime.maxEventBytes,
    buffers: runtime.buffers,
    known: runtime.known,
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
