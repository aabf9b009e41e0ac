import type { Batch, Call } from '@sluice/core'
import { headerText } from '@sluice/core/internal'
import type { ChatCompletion, ChatCompletionChunk } from '@sluice/core/wire'
import type { ChatEnvelope, KnownEvents, BufferPool } from '@sluice/sse-stream/internal'
import type { Observable } from 'rxjs'
import { chatResponse, type ChatResponseOptions } from '../response/chat-response.ts'
import type { ResponseContext } from '../response/response-context.ts'
import { customToolsOverFunctions } from '../emulation/custom-tools/custom-tools-over-functions.ts'
import { usesCustomTools } from '../emulation/custom-tools/functions-for-customs.ts'
import { needsFanOut } from '../emulation/fan-out-jobs.ts'
import { fanOut } from '../emulation/fan-out.ts'
import type { ProviderRuntime } from '../runtime/provider-runtime.ts'
import type { ChatDialect } from '../vendor-spec/provider-spec.ts'
import type { UpstreamRequest } from '../transport/send.ts'

type ChatBatch = Batch<ChatCompletionChunk, ChatCompletion>

/**
 * Answers a chat call in a dialect; by several requests where one cannot give as many choices as
 * were asked for, and with functions for custom tools where there are none of those.
 */
export function handleChat(
  call: Call<'chat.completions'>,
  runtime: ProviderRuntime,
  dialect: ChatDialect,
): Observable<ChatBatch> {
  if (dialect.customTools === true || !usesCustomTools(call.params))
    return answerChoices(call, runtime, dialect)
  return customToolsOverFunctions(call, (one) => answerChoices(one, runtime, dialect))
}

function answerChoices(
  call: Call<'chat.completions'>,
  runtime: ProviderRuntime,
  dialect: ChatDialect,
): Observable<ChatBatch> {
  const maxChoices = maxChoicesOf(call, dialect)
  if (!needsFanOut(call.params, maxChoices)) return answerByOne(call, runtime, dialect)
  return fanOut(call, { maxChoices: maxChoices!, ask: (one) => answerByOne(one, runtime, dialect) })
}

/** Nearly no call asks for more than one, and then it does not matter. */
function maxChoicesOf(
  { params, model }: Call<'chat.completions'>,
  dialect: ChatDialect,
): number | undefined {
  if ((params.n ?? 1) <= 1) return undefined
  return dialect.maxChoicesFor?.(params, { model }) ?? dialect.maxChoices
}

function answerByOne(
  call: Call<'chat.completions'>,
  runtime: ProviderRuntime,
  dialect: ChatDialect,
): Observable<ChatBatch> {
  return chatResponse(call, new ChatRequest(call, runtime, dialect))
}

/** One request for a chat answer. */
class ChatRequest implements ChatResponseOptions {
  readonly dialect: ChatDialect
  readonly context: ResponseContext
  readonly maxEventBytes: number
  readonly buffers: BufferPool
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
    this.#runtime.reportDrops(this.#call, this.dialect.unsupportedParams, encoded.drops)
    if (encoded.relaxedSchemas !== undefined && encoded.relaxedSchemas.length > 0) {
      report.headers['x-sluice-weakened-schema'] = headerText(encoded.relaxedSchemas.join(', '))
    }
    return this.#runtime.request(this.#call, encoded)
  }
}
