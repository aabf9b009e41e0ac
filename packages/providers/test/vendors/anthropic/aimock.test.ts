import { LLMock } from '@copilotkit/aimock'
import { ApiError, call } from '@sluice/core'
import type {
  ChatCompletion,
  ChatCompletionCreateParams,
  ChatCompletionMessageParam,
} from '@sluice/core/wire'
import { anthropic } from '@sluice/providers/anthropic'
import { CompletionAccumulator } from '@sluice/sse-stream/internal'
import { lastValueFrom, toArray } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const MODEL = 'claude-sonnet-4-5'
const tools = [
  { type: 'function' as const, function: { name: 'weather', parameters: { type: 'object' } } },
]
const question: ChatCompletionMessageParam = { role: 'user', content: 'weather in Bern?' }
const thinking = {
  reasoning: 'A tool knows.',
  reasoningSignature: 'c2lnbmF0dXJl',
  redactedThinking: ['aGlkZGVu'],
}

/** A vendor written by others: in its strict mode it refuses what breaks the rules of thinking. */
describe('against an independent vendor', () => {
  let vendor: LLMock
  let provider: ReturnType<typeof anthropic>

  beforeEach(async () => {
    vendor = new LLMock({ port: 0, strict: true, logLevel: 'silent' })
    vendor.on({ userMessage: 'Greet.' }, { content: 'Grüezi! 👋 Wie geht es?' })
    vendor.on(
      { userMessage: 'weather in Bern?', hasToolResult: false },
      {
        content: 'Let me see.',
        toolCalls: [{ name: 'weather', arguments: '{"city":"Bern"}' }],
        ...thinking,
      },
    )
    vendor.on(
      { userMessage: 'weather in Bern?', hasToolResult: true },
      { content: 'It is sunny.', ...thinking },
    )
    await vendor.start()
    provider = anthropic({ apiKey: 'sk-ant-test', baseURL: vendor.url })
  })
  afterEach(async () => {
    provider.close()
    await vendor.stop()
  })

  async function ask(
    params: Partial<ChatCompletionCreateParams>,
    of = provider,
  ): Promise<ChatCompletion> {
    const whole = { model: MODEL, messages: [question], ...params }
    const batches = await lastValueFrom(of(call('chat.completions', whole)).pipe(toArray()))
    if (params.stream !== true) return batches[0]!.document() as ChatCompletion
    const accumulator = new CompletionAccumulator()
    for (const chunk of batches.flatMap((batch) => batch.chunks())) accumulator.add(chunk)
    return accumulator.result()
  }

  const followUp = (
    echo: ChatCompletionMessageParam,
    id: string,
  ): Partial<ChatCompletionCreateParams> => ({
    tools,
    reasoning_effort: 'low',
    messages: [question, echo, { role: 'tool', tool_call_id: id, content: 'sunny' }],
  })

  it.each([true, false])('has words with it (streamed: %s)', async (stream) => {
    const answer = await ask({
      messages: [
        { role: 'system', content: 'Be kind.' },
        { role: 'user', content: 'Greet.' },
      ],
      stream,
    })
    expect(answer.choices[0]).toMatchObject({
      message: { content: 'Grüezi! 👋 Wie geht es?' },
      finish_reason: 'stop',
    })
  })

  it.each([
    ['a client that sends back only words and calls', true, (message: object) => plain(message)],
    ['a client that sends back whole messages', true, (message: object) => message],
    [
      'a client that sends back only words and calls, unstreamed',
      false,
      (message: object) => plain(message),
    ],
  ] as const)('thinks on through a call for %s', async (_who, stream, echo) => {
    const first = await ask({ tools, reasoning_effort: 'low', stream })
    const { message } = first.choices[0]!
    expect(message).toMatchObject({ content: 'Let me see.', reasoning_content: 'A tool knows.' })
    const id = message.tool_calls![0]!.id
    const second = await ask({
      ...followUp(echo(message) as ChatCompletionMessageParam, id),
      stream,
    })
    expect(second.choices[0]!.message.content).toBe('It is sunny.')
    const sent = vendor.getLastRequest()!
    expect(sent.response.status).toBe(200)
  })

  it('hands whole messages on to another process', async () => {
    const { message } = (await ask({ tools, reasoning_effort: 'low' })).choices[0]!
    const other = anthropic({ apiKey: 'sk-ant-test', baseURL: vendor.url })
    const second = await ask(followUp(message, message.tool_calls![0]!.id), other)
    expect(second.choices[0]!.message).toMatchObject({ content: 'It is sunny.' })
    other.close()
  })

  it('goes on without thinking where the thoughts are lost', async () => {
    const { message } = (await ask({ tools, reasoning_effort: 'low' })).choices[0]!
    const other = anthropic({ apiKey: 'sk-ant-test', baseURL: vendor.url })
    const params = {
      model: MODEL,
      ...followUp(plain(message), message.tool_calls![0]!.id),
    } as ChatCompletionCreateParams
    const lost = call('chat.completions', params)
    const [batch] = await lastValueFrom(other(lost).pipe(toArray()))
    expect(batch!.document()).toMatchObject({ choices: [{ message: { content: 'It is sunny.' } }] })
    expect(lost.report.droppedParams).toEqual(['reasoning_effort'])
    other.close()
  })

  it("gives its refusals on in the client's form", async () => {
    vendor.nextRequestError(529, { type: 'overloaded_error', message: 'Overloaded' })
    const failure = await ask({ messages: [{ role: 'user', content: 'Greet.' }] }).catch(
      (error: unknown) => error,
    )
    expect(ApiError.is(failure) && failure.toBody().error).toMatchObject({
      message: 'Overloaded',
      type: 'server_error',
    })
  })
})

/** What a client keeps that knows no more than the fields it was made for. */
function plain(message: object): ChatCompletionMessageParam {
  const {
    role,
    content,
    tool_calls: calls,
  } = message as ChatCompletion['choices'][number]['message']
  return {
    role,
    content,
    tool_calls: (calls ?? []).map(({ id, function: fn }) => ({
      id,
      type: 'function',
      function: { name: fn!.name, arguments: fn!.arguments },
    })),
  }
}
