import type {
  ChatCompletion,
  ChatCompletionCreateParams,
  ChatCompletionMessageToolCall,
} from '@sluice/core/wire'

/** What a fake model says. */
export interface FakeReply {
  readonly content?: string
  readonly reasoning_content?: string
  /** `arguments` is JSON text. */
  readonly toolCalls?: readonly { readonly name: string; readonly arguments: string }[]
}

/** The answer of a fake model to chat params: the same for the same params and `sequence`. */
export function fakeCompletion(
  params: ChatCompletionCreateParams,
  reply: FakeReply,
  sequence: number,
): ChatCompletion {
  const { content = null, reasoning_content: thoughts } = reply
  const calls = (reply.toolCalls ?? []).map((call, at): ChatCompletionMessageToolCall => ({
    id: `call_fake_${sequence}_${at}`,
    type: 'function',
    function: { name: call.name, arguments: call.arguments },
  }))
  const prompt = words(JSON.stringify(params.messages)).length
  const completion = words(content ?? '').length + words(thoughts ?? '').length + calls.length * 8
  return {
    id: `chatcmpl-fake-${sequence}`,
    object: 'chat.completion',
    created: 1_700_000_000 + sequence,
    model: params.model,
    choices: Array.from({ length: params.n ?? 1 }, (_, index) => ({
      index,
      message: {
        role: 'assistant',
        content,
        refusal: null,
        ...(thoughts === undefined ? {} : { reasoning_content: thoughts }),
        ...(calls.length === 0 ? {} : { tool_calls: calls }),
      },
      logprobs: null,
      finish_reason: calls.length > 0 ? 'tool_calls' : 'stop',
    })),
    usage: {
      prompt_tokens: prompt,
      completion_tokens: completion,
      total_tokens: prompt + completion,
    },
  }
}

/** The deltas of a completion's choices, a word or a piece of arguments at a time. */
export function fakeDeltas(
  completion: ChatCompletion,
): { index: number; delta: object; finish_reason: string | null }[] {
  return completion.choices.flatMap(({ index, message, finish_reason: reason }) => [
    { index, delta: { role: 'assistant', content: '' }, finish_reason: null },
    ...words(message.reasoning_content ?? '').map((word) => ({
      index,
      delta: { reasoning_content: word },
      finish_reason: null,
    })),
    ...words(message.content ?? '').map((word) => ({
      index,
      delta: { content: word },
      finish_reason: null,
    })),
    ...(message.tool_calls ?? []).flatMap((call, at) =>
      callParts(call).map((part) => ({
        index,
        delta: { tool_calls: [{ index: at, ...part }] },
        finish_reason: null,
      })),
    ),
    { index, delta: {}, finish_reason: reason },
  ])
}

function callParts(call: ChatCompletionMessageToolCall): object[] {
  if (call.type === 'custom') {
    const { input } = call.custom
    const rest = pieces(input).map((piece) => ({ custom: { input: piece } }))
    return [{ ...call, custom: { ...call.custom, input: '' } }, ...rest]
  }
  const rest = pieces(call.function.arguments).map((piece) => ({ function: { arguments: piece } }))
  return [{ ...call, function: { ...call.function, arguments: '' } }, ...rest]
}

function pieces(text: string): string[] {
  return text.match(/.{1,8}/gs) ?? []
}

function words(text: string): string[] {
  return text.match(/\s*\S+\s*$|\s*\S+/g) ?? []
}
