import { headerText, type Batch, type Call, type ChatCompletion, type ChatCompletionChunk } from '@sluice/core'
import type { ChatEnvelope, KnownEvents, TurnBuffers } from '@sluice/sse-stream'
import type { Observable } from 'rxjs'
import { chatAnswer, type ChatAnswerOptions } from '../answer/chat-answer.ts'
import type { AnswerContext } from '../answer/upstream-answer.ts'
import { needsFanOut } from '../fan-out-jobs.ts'
import { fanOut } from '../fan-out.ts'
import type { ProviderRuntime } from '../provider-runtime.ts'
import type { ChatDialect } from '../provider-spec.ts'
import type { UpstreamRequest } from '../transport/send.ts'

type ChatBatch = Batch<ChatCompletionChunk, ChatCompletion>

/** Answers a chat call in a dialect; by several requests where one cannot give as many choices as were asked for. */
export function answerChat(
  call: Call<'chat.completions'>,
  runtime: ProviderRuntime,
  dialect: ChatDialect,
): Observable<ChatBatch> {
  const maxChoices = maxChoicesOf(call, dialect)
  if (!needsFanOut(call.params, maxChoices)) return answerByOne(call, runtime, dialect)
  return fanOut(call, { maxChoices: maxChoices!, ask: (one) => answerByOne(one, runtime, dialect) })
}

/** Nearly no call asks for more than one, and then it does not matter. */
function maxChoicesOf({ params, model }: Call<'chat.completions'>, dialect: ChatDialect): number | undefined {
  if ((params.n ?? 1) <= 1) return undefined
  return dialect.maxChoicesFor?.(params, { model }) ?? dialect.maxChoices
}

function answerByOne(
  call: Call<'chat.completions'>,
  runtime: ProviderRuntime,
  dialect: ChatDialect,
): Observable<ChatBatch> {
  return chatAnswer(call, new OneChat(call, runtime, dialect))
}

/** One request for a chat answer. */
class OneChat implements ChatAnswerOptions {
  readonly dialect: ChatDialect
  readonly context: AnswerContext
  readonly maxEventBytes: number
  readonly buffers: TurnBuffers
  readonly known: KnownEvents
  readonly #call: Call<'chat.completions'>
  readonly #runtime: ProviderRuntime

  constructor(call: Call<'chat.completions'>, runtime: ProviderRuntime, dialect: ChatDialect) {
    this.dialect = dialect
    this.context = runtime.context(call, call.params.stream === true)
    this.maxEventBytes = runtime.maxEventBytes
    this.buffers = runtime.buffers
    this.known = runtime.known
    this.#call = call
    this.#runtime = runtime
  }

  envelope(): ChatEnvelope {
    return this.#runtime.envelope(this.#call)
  }

  request(): UpstreamRequest {
    const { params, model, report } = this.#call
    const encoded = this.dialect.encode(params, { model, stream: this.context.streamed })
    this.#runtime.reportDrops(this.#call, this.dialect.drops, encoded.drops)
    if (encoded.weakened !== undefined && encoded.weakened.length > 0) {
      report.headers['x-sluice-weakened-schema'] = headerText(encoded.weakened.join(', '))
    }
    return this.#runtime.request(this.#call, encoded)
  }
}
