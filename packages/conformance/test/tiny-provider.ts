import { ApiError, type Batch, type Call } from '@sluice/core'
import type { ChatCompletion, ChatCompletionCreateParams } from '@sluice/core/wire'
import {
  CompletionAccumulator,
  ChunkAssembler,
  ChatStreamDecoder,
  ChunkBatch,
  DocumentBatch,
  type ChatDelta,
} from '@sluice/sse-stream/internal'
import { Observable, type Subscriber } from 'rxjs'
import type { ChatUnderTest, ProviderUnderTest, SpecUnderTest } from '../src/index.ts'

type Json = Readonly<Record<string, unknown>>
type TinySpec = SpecUnderTest & { readonly chat: ChatUnderTest }
type Choice = {
  index: number
  delta?: Json
  message?: Json
  finish_reason: 'stop' | 'tool_calls' | null
}

/** The simplest honest spec: OpenAI's own form, with whatever OpenAI takes. */
export const tinySpec: TinySpec = {
  id: 'tiny',
  auth: (apiKey) => ({ 'x-tiny-key': apiKey }),
  chat: {
    unsupportedParams: ['store'],
    encode: (params, { model, stream }) => {
      const { store: _store, stream_options: _options, ...body } = params
      return {
        path: '/chat',
        body: {
          ...body,
          model,
          ...(stream ? { stream, stream_options: { include_usage: true } } : {}),
        },
      }
    },
    decoder: () => ({ verbatim: [], decode: (json) => readTiny(json as Json) }),
    decode: (json) => readTiny(json as Json),
  },
}

/** What a chunk or an answer of OpenAI's form says. */
export function readTiny(json: Json): ChatDelta[] {
  if (json['error'] !== undefined) {
    return [
      {
        error: new ApiError('upstream_error', {
          message: (json['error'] as { message: string }).message,
        }),
      },
    ]
  }
  const { id, created, model, usage } = json as unknown as ChatCompletion
  const choices = (json['choices'] ?? []) as readonly Choice[]
  const said = choices.map(({ index, delta, message, finish_reason: reason }): ChatDelta => {
    const part = { id, created, model, index, delta: delta ?? message ?? {} }
    return reason === null ? part : { ...part, finishReason: reason }
  })
  return usage === undefined || usage === null ? said : [...said, { usage }]
}

/** What a careless author may get wrong between the socket and the batches. */
export interface Carelessness {
  readonly forgetsKey?: boolean
  readonly sendsAtOnce?: boolean
  readonly goesOnAfterAbort?: boolean
  readonly hidesUsage?: boolean
  readonly takesEveryEndForGood?: boolean
  readonly showsVendorsWords?: boolean
  readonly showsEveryStatusAs500?: boolean
  readonly asksTwice?: boolean
  readonly followsRedirects?: boolean
  readonly ignoresRetryAfter?: boolean
}

/** A provider made without `@sluice/providers`, on `fetch`, careful unless told otherwise. */
export function tinyProvider(spec: TinySpec, careless: Carelessness = {}) {
  return ({
    baseURL,
    apiKey,
  }: {
    readonly baseURL: string
    readonly apiKey: string
  }): ProviderUnderTest => {
    const handle = (call: Call<'chat.completions'>) => {
      const early = careless.sendsAtOnce === true ? ask(call, new AbortController()) : undefined
      return new Observable<Batch>((subscriber) => {
        const abort = new AbortController()
        const response = early ?? ask(call, abort)
        void answer(spec, careless, call, response, subscriber, apiKey)
        return () => {
          if (careless.goesOnAfterAbort !== true) abort.abort()
        }
      })
    }
    const ask = async (
      call: Call<'chat.completions'>,
      abort: AbortController,
    ): Promise<Response> => {
      const encoded = spec.chat.encode(call.params, {
        model: call.model,
        stream: call.params.stream === true,
      })
      const send = () =>
        fetch(baseURL + encoded.path, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            ...(careless.forgetsKey === true ? {} : spec.auth(apiKey)),
          },
          body: JSON.stringify(encoded.body),
          redirect: careless.followsRedirects === true ? 'follow' : 'manual',
          signal: abort.signal,
        })
      const response = await send()
      return careless.asksTwice === true && response.status >= 500 ? send() : response
    }
    return Object.assign(handle, { close() {} }) as unknown as ProviderUnderTest
  }
}

async function answer(
  spec: TinySpec,
  careless: Carelessness,
  call: Call<'chat.completions'>,
  asked: Promise<Response>,
  subscriber: Subscriber<Batch>,
  apiKey: string,
): Promise<void> {
  const { params, gate } = call
  try {
    const response = await asked
    if (response.status !== 200) throw await failureOf(response, careless)
    if (params.stream !== true) {
      const completion = assemble(spec, params, JSON.parse(await response.text()))
      subscriber.next(new DocumentBatch({ value: completion }, gate, completion.usage))
      return subscriber.complete()
    }
    const translator = new ChatStreamDecoder({
      decoder: spec.chat.decoder(params, { model: call.model, stream: true }),
      envelope: { id: 'tiny', created: 1, model: call.model },
      gate,
      includeUsage: params.stream_options?.include_usage === true,
    })
    let broken: unknown
    try {
      for await (const bytes of response.body ?? []) {
        const batch = translator.push(bytes)
        if (batch !== undefined) subscriber.next(batch)
        if (translator.failure !== undefined) throw translator.failure
      }
    } catch (error) {
      if (ApiError.is(error)) throw error
      broken = error
    }
    for (const batch of translator.end()) {
      subscriber.next(careless.hidesUsage === true ? new ChunkBatch(batch.chunks(), gate) : batch)
    }
    const failure = translator.failure ?? (broken === undefined ? undefined : unreadable(broken))
    if (failure !== undefined && careless.takesEveryEndForGood !== true) throw failure
    subscriber.complete()
  } catch (error) {
    const failure = ApiError.is(error) ? error : unreadable(error)
    subscriber.error(careless.showsVendorsWords === true ? failure : withoutKey(failure, apiKey))
  }
}

function assemble(
  spec: TinySpec,
  params: ChatCompletionCreateParams,
  json: unknown,
): ChatCompletion {
  const assembler = new ChunkAssembler({ id: 'tiny', created: 1, model: params.model })
  const accumulator = new CompletionAccumulator()
  for (const delta of spec.chat.decode(json, params, { model: params.model, stream: false })) {
    const chunk = assembler.add(delta)
    if (chunk !== undefined) accumulator.add(chunk)
  }
  if (assembler.error !== undefined) throw assembler.error
  const usage = assembler.usageChunk()
  if (usage !== undefined) accumulator.add(usage)
  const completion = accumulator.result()
  if (completion.choices.length === 0) throw unreadable('no choices')
  return completion
}

function unreadable(cause: unknown): ApiError {
  return new ApiError('upstream_invalid_response', {
    message: 'The vendor gave something unreadable.',
    cause,
  })
}

function withoutKey(error: ApiError, apiKey: string): ApiError {
  const { code, status, retryAfterMs } = error
  return new ApiError(code, {
    message: error.message.replaceAll(apiKey, '[redacted]'),
    status,
    retryAfterMs,
  })
}

const CODES = {
  404: 'not_found',
  413: 'request_too_large',
  429: 'rate_limit_exceeded',
  503: 'upstream_unavailable',
  504: 'upstream_timeout',
} as const

async function failureOf(response: Response, careless: Carelessness): Promise<ApiError> {
  const text = await response.text()
  const words = text.startsWith('{')
    ? (JSON.parse(text) as { error?: { message?: string } }).error?.message
    : undefined
  const status = response.status === 529 ? 503 : response.status
  const message = words ?? 'It failed.'
  if (careless.showsEveryStatusAs500 === true) return new ApiError('server_error', { message })
  if (status === 401 || status === 403)
    return new ApiError('upstream_auth_error', { message: 'The vendor refused our key.' })
  if (status < 400) return unreadable(`status ${status}`)
  const precise = response.headers.get('retry-after-ms')
  const coarse = response.headers.get('retry-after')
  const retryAfterMs =
    precise !== null ? Number(precise) : coarse !== null ? Number(coarse) * 1000 : undefined
  return new ApiError(
    CODES[status as keyof typeof CODES] ??
      (status < 500 ? 'invalid_request_error' : 'upstream_error'),
    {
      status,
      message,
      retryAfterMs: careless.ignoresRetryAfter === true ? undefined : retryAfterMs,
    },
  )
}
