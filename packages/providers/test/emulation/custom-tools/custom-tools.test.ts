import { call, type Handler } from '@sluice/core'
import type {
  ChatCompletion,
  ChatCompletionCreateParams,
  ChatCompletionMessageToolCall,
} from '@sluice/core/wire'
import { openaiCompatible } from '@sluice/providers'
import { anthropic } from '@sluice/providers/anthropic'
import { groq } from '@sluice/providers/groq'
import { gemini } from '@sluice/providers/gemini'
import { openai } from '@sluice/providers/openai'
import { accumulate, collectToolCalls } from '@sluice/sse-stream'
import { lastValueFrom, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { scriptedVendor } from '../../scripted-vendor.ts'
import { ending, stream as streamOf, upstream } from '../../upstream.ts'

const VENDORS: Readonly<Record<string, (baseURL: string) => Handler>> = {
  anthropic: (baseURL) => anthropic({ baseURL, apiKey: 'k' }),
  gemini: (baseURL) => gemini({ baseURL, apiKey: 'k' }),
  groq: (baseURL) => groq({ baseURL, apiKey: 'k' }),
  'an alike': (baseURL) => openaiCompatible({ id: 'alike', baseURL, apiKey: 'k' }),
}
const cases = Object.entries(VENDORS).flatMap(([name, make]) =>
  [true, false].map((stream) => [name, stream ? 'streamed' : 'whole', make, stream] as const),
)
const grammar = { definition: 'start: "x"', syntax: 'lark' } as const
const params: ChatCompletionCreateParams = {
  model: 'm',
  messages: [{ role: 'user', content: 'Edit.' }],
  tools: [
    { type: 'function', function: { name: 'look', parameters: { type: 'object' } } },
    {
      type: 'custom',
      custom: { name: 'patch', description: 'Edits.', format: { type: 'grammar', grammar } },
    },
    { type: 'custom', custom: { name: 'look' } },
  ],
}

async function ask(handler: Handler, asked: ChatCompletionCreateParams) {
  const answer = handler(call('chat.completions', asked))
  const batches = await lastValueFrom(answer.pipe(toArray()))
  const chunks = batches.flatMap((batch) => batch.chunks())
  const completion =
    asked.stream === true
      ? await lastValueFrom(handler(call('chat.completions', asked)).pipe(accumulate()))
      : (batches[0]!.document() as ChatCompletion)
  return { batches, chunks, completion }
}

const callsOf = ({ choices }: ChatCompletion): readonly ChatCompletionMessageToolCall[] =>
  choices[0]!.message.tool_calls ?? []

describe.each(cases)('custom tools over %s, %s', (_name, _how, make, stream) => {
  it('are functions for the vendor and called as custom tools', async () => {
    const turn = {
      calls: [
        { name: 'patch', arguments: '{"input":"+\\"hi\\"\\n"}' },
        { name: 'look', arguments: '{"at":"me"}' },
        { name: 'look_2', arguments: '{"input":"there"}' },
      ],
    }
    await using vendor = await scriptedVendor(turn, turn)
    const { chunks, completion } = await ask(make(vendor.baseURL), { ...params, stream })
    expect(vendor.seen[0]!.tools).toEqual(['look', 'patch', 'look_2'])
    expect(JSON.stringify(vendor.seen[0]!.body)).toContain(
      String.raw`Edits.\n\nThe input must be a text of this lark grammar:\nstart: \"x\"`,
    )
    const id = expect.any(String) as string
    expect(callsOf(completion)).toMatchObject([
      { id, type: 'custom', custom: { name: 'patch', input: '+"hi"\n' } },
      { id, type: 'function', function: { name: 'look', arguments: '{"at":"me"}' } },
      { id, type: 'custom', custom: { name: 'look', input: 'there' } },
    ])
    expect(completion.choices[0]!.finish_reason).toBe('tool_calls')
    if (!stream) return
    const parts = chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? [])
    const ofPatch = parts.filter(({ index }) => index === 0)
    expect(ofPatch[0]).toMatchObject({ id, type: 'custom', custom: { name: 'patch' } })
    for (const part of ofPatch.slice(1)) expect(Object.keys(part)).toEqual(['index', 'custom'])
    expect(ofPatch.map(({ custom }) => custom!.input).join('')).toBe('+"hi"\n')
  })

  it('carry their history and a choice among them', async () => {
    await using vendor = await scriptedVendor({ text: 'Done.' }, { text: 'Done.' })
    const messages: ChatCompletionCreateParams['messages'] = [
      ...params.messages,
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          { id: 'c1', type: 'custom', custom: { name: 'look', input: 'here' } },
          { id: 'c2', type: 'custom', custom: { name: 'gone', input: 'there' } },
        ],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'seen' },
      { role: 'tool', tool_call_id: 'c2', content: 'not seen' },
    ]
    const tool_choice = { type: 'custom', custom: { name: 'look' } }
    await ask(make(vendor.baseURL), { ...params, messages, tool_choice, stream })
    const sent = JSON.stringify(vendor.seen[0]!.body)
    for (const name of ['look_2', 'gone']) expect(sent).toContain(`"name":"${name}"`)
    expect(sent).toMatch(/\\?"input\\?":\\?"here\\?"/)
    expect(sent).not.toContain('"custom"')
    const { tool_choice: chosen, toolConfig } = vendor.seen[0]!.body
    expect(JSON.stringify(chosen ?? toolConfig)).toContain('look_2')
  })
})

describe('custom tools', () => {
  it('are taken out of an allowed list for those that have functions alone', async () => {
    await using vendor = await scriptedVendor({ text: 'Done.' })
    const allowed_tools = {
      mode: 'required',
      tools: [{ type: 'custom', custom: { name: 'patch' } }],
    }
    const tool_choice = { type: 'allowed_tools', allowed_tools }
    await ask(anthropic({ baseURL: vendor.baseURL, apiKey: 'k' }), { ...params, tool_choice })
    expect(vendor.seen[0]!.tools).toEqual(['patch'])
    expect(vendor.seen[0]!.body).toMatchObject({ tool_choice: { type: 'any' } })
  })

  it('are asked of several choices too', async () => {
    const turn = { calls: [{ name: 'patch', arguments: '{"input":"x"}' }] }
    await using vendor = await scriptedVendor(turn, turn)
    const provider = anthropic({ baseURL: vendor.baseURL, apiKey: 'k' })
    const [batch] = await lastValueFrom(
      provider(call('chat.completions', { ...params, n: 2 })).pipe(toArray()),
    )
    const { choices } = batch!.document() as ChatCompletion
    expect(choices.map(({ message }) => message.tool_calls?.[0]?.custom?.input)).toEqual(['x', 'x'])
  })

  it('go to OpenAI as they are, and their calls come back so', async () => {
    const custom = { name: 'patch', input: '+"hi"\n{' }
    const answer = {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1,
      model: 'm',
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: null,
            refusal: null,
            tool_calls: [{ id: 'c1', type: 'custom', custom }],
          },
          logprobs: null,
          finish_reason: 'tool_calls',
        },
      ],
      usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
    }
    await using server = await upstream((_req, res) =>
      res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer)),
    )
    const { batches } = await ask(openai({ baseURL: server.url, apiKey: 'k' }), params)
    expect(JSON.parse(server.requests[0]!.body)).toMatchObject({ tools: params.tools })
    expect(Buffer.from(batches[0]!.bytes).toString()).toBe(JSON.stringify(answer))
  })

  it('stream from OpenAI beside functions, whatever is in their text', async () => {
    const part = (call: object) =>
      `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { tool_calls: [call] }, finish_reason: null }] })}\n\n`
    await using server = await upstream((_req, res) => {
      streamOf(
        res,
        part({ index: 0, id: 'c1', type: 'custom', custom: { name: 'patch', input: '' } }),
        part({ index: 0, custom: { input: '{}' } }),
        part({ index: 0, custom: { input: '}{"a"' } }),
        part({ index: 1, id: 'c2', type: 'function', function: { name: 'look', arguments: '' } }),
        part({ index: 1, function: { arguments: '{}' } }),
        part({ index: 2, id: 'c3', type: 'custom', custom: { name: 'patch' } }),
        ending,
      ).end()
    })
    const provider = openai({ baseURL: server.url, apiKey: 'k' })
    const { completion } = await ask(provider, { ...params, stream: true })
    expect(callsOf(completion)).toEqual([
      { id: 'c1', type: 'custom', custom: { name: 'patch', input: '{}}{"a"' } },
      { id: 'c2', type: 'function', function: { name: 'look', arguments: '{}' } },
      { id: 'c3', type: 'custom', custom: { name: 'patch', input: '' } },
    ])
    const collected = provider(call('chat.completions', { ...params, stream: true })).pipe(
      collectToolCalls(),
      toArray(),
    )
    expect((await lastValueFrom(collected)).map(({ type }) => type).sort()).toEqual([
      'custom',
      'custom',
      'function',
    ])
  })
})
