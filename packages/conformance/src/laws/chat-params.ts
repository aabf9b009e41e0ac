import type { ChatCompletionCreateParams } from '@sluice/core/wire'
import type { ProviderFixture } from '../fixtures/provider-fixture.ts'

/** A chat fixture's params, as they are. */
export function chatParams(fixture: ProviderFixture): ChatCompletionCreateParams {
  return fixture.params as ChatCompletionCreateParams
}

/** The same question asked for a stream, with or without the usage chunk. */
export function asStream(
  fixture: ProviderFixture,
  includeUsage: boolean,
): ChatCompletionCreateParams {
  const { stream_options: _options, ...params } = chatParams(fixture)
  return {
    ...params,
    stream: true,
    ...(includeUsage ? { stream_options: { include_usage: true } } : {}),
  }
}

/** The same question asked for a whole answer. */
export function asDocument(fixture: ProviderFixture): ChatCompletionCreateParams {
  const { stream_options: _options, stream: _stream, ...params } = chatParams(fixture)
  return params
}

/** Whether a case holds a good streamed answer. */
export function hasGoodStream(fixture: ProviderFixture): boolean {
  return (
    fixture.upstream.stream !== undefined &&
    fixture.chunks !== undefined &&
    fixture.error === undefined
  )
}

/** Whether a case is about chat. */
export function isChat(fixture: ProviderFixture): boolean {
  return fixture.operation === 'chat.completions'
}
