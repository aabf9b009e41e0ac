import { ApiError, call, type Batch, type Call } from '@sluice/core'
import type {
  ChatCompletion,
  ChatCompletionChunk,
  CompletionUsage,
  GenerateContentParams,
  GenerateContentResponse,
} from '@sluice/core/wire'
import { ChunkBatch } from '@sluice/sse-stream/internal'
import { concat, from, lastValueFrom, throwError, toArray, type Observable } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { emulatedGenerateContent } from '../../../src/emulation/generate-content/emulated-generate-content.ts'

type Choice = Partial<ChatCompletionChunk['choices'][number]>

const usage = {
  prompt_tokens: 10,
  completion_tokens: 7,
  total_tokens: 17,
  prompt_tokens_details: { cached_tokens: 4 },
  completion_tokens_details: { reasoning_tokens: 3 },
} as CompletionUsage

const chunk = (...choices: Choice[]): ChatCompletionChunk => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'vendor-model',
  choices: choices.map((choice) => ({ index: 0, delta: {}, finish_reason: null, ...choice })),
})
const said = (delta: Choice['delta'] & object, more: Choice = {}) => chunk({ delta, ...more })
const ended = (reason: string, more: object = {}) =>
  chunk({ finish_reason: reason as 'stop', ...more })

async function answered(
  chunks: readonly ChatCompletionChunk[],
  params: object = {},
  failure?: ApiError,
): Promise<GenerateContentResponse[]> {
  const whole = { model: 'm', contents: [{ parts: [{ text: 'Hi' }] }], ...params }
  const asked = call('models.generateContent', whole as GenerateContentParams)
  const chat = (one: Call<'chat.completions'>) => {
    const batches = chunks.map((each) => new ChunkBatch([each], one.gate))
    const cost = new ChunkBatch([], one.gate, usage)
    const all: Observable<Batch<ChatCompletionChunk, ChatCompletion>> = from([...batches, cost])
    return failure === undefined
      ? all
      : concat(
          from(batches),
          throwError(() => failure),
        )
  }
  const response = emulatedGenerateContent(asked, { chat, onDrops: () => {} })
  const batches = await lastValueFrom(response.pipe(toArray()))
  expect(batches.at(-1)!.usage).toEqual(failure === undefined ? usage : undefined)
  return batches.flatMap((batch) =>
    batch.framing === 'document'
      ? [batch.document() as GenerateContentResponse]
      : (batch.chunks() as GenerateContentResponse[]),
  )
}

const about = { modelVersion: 'vendor-model', responseId: 'chatcmpl-1' }
const cost = {
  usageMetadata: {
    promptTokenCount: 10,
    candidatesTokenCount: 4,
    thoughtsTokenCount: 3,
    cachedContentTokenCount: 4,
    totalTokenCount: 17,
  },
}
const thinking = { generationConfig: { thinkingConfig: { includeThoughts: true } } }

describe('a response over chat', () => {
  const spoken = [
    said({ role: 'assistant', content: '' }),
    said({ reasoning_content: 'Well' }),
    said({ content: 'It ' }),
    said({ content: 'is.' }),
    ended('stop'),
  ]

  it('is streamed in whole responses, each with what is new', async () => {
    expect(await answered(spoken, { stream: true, ...thinking })).toEqual([
      {
        candidates: [
          { content: { parts: [{ text: 'Well', thought: true }], role: 'model' }, index: 0 },
        ],
        ...about,
      },
      {
        candidates: [{ content: { parts: [{ text: 'It ' }], role: 'model' }, index: 0 }],
        ...about,
      },
      {
        candidates: [{ content: { parts: [{ text: 'is.' }], role: 'model' }, index: 0 }],
        ...about,
      },
      {
        candidates: [
          { content: { parts: [{ text: '' }], role: 'model' }, finishReason: 'STOP', index: 0 },
        ],
        ...cost,
        ...about,
      },
    ])
  })

  it('is whole where no stream was asked for, without reasoning that nobody asked for', async () => {
    expect(await answered(spoken)).toEqual([
      {
        candidates: [
          {
            content: { parts: [{ text: 'It is.' }], role: 'model' },
            finishReason: 'STOP',
            index: 0,
          },
        ],
        ...cost,
        ...about,
      },
    ])
  })

  it('gives calls whole, however their arguments come', async () => {
    const responses = await answered(
      [
        said({ tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: '' } }] }),
        said({ tool_calls: [{ index: 1, id: 'b', function: { name: 'g', arguments: '{"x"' } }] }),
        said({ tool_calls: [{ index: 1, function: { arguments: ':1}' } }] }),
        ended('tool_calls'),
      ],
      { stream: true },
    )
    expect(responses).toHaveLength(1)
    expect(responses[0]!.candidates).toEqual([
      {
        content: {
          parts: [
            { functionCall: { id: 'a', name: 'f', args: {} } },
            { functionCall: { id: 'b', name: 'g', args: { x: 1 } } },
          ],
          role: 'model',
        },
        finishReason: 'STOP',
        index: 0,
      },
    ])
  })

  it('marks the signature that a chat has given', async () => {
    const extra = { extra_content: { google: { thought_signature: 'c2ln' } } }
    const called = { index: 0, id: 'a', function: { name: 'f', arguments: '{}' }, ...extra }
    const [response] = await answered([said({ tool_calls: [called] }), ended('tool_calls')])
    const [part] = response!.candidates![0]!.content!.parts!
    expect(part!.thoughtSignature).toBe('c2x1aWNlOmNoYXQ6c2ln')
    expect(Buffer.from(part!.thoughtSignature!, 'base64').toString()).toBe('sluice:chat:sig')
  })

  it('gives half a call to nobody', async () => {
    const half = said({
      tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: '{"x' } }],
    })
    const [cut] = await answered([half, ended('length')])
    expect(cut!.candidates![0]).toMatchObject({
      content: { parts: [{ text: '' }] },
      finishReason: 'MAX_TOKENS',
    })
    const [broken] = await answered([half, ended('tool_calls')])
    expect(broken!.candidates![0]!.finishReason).toBe('MALFORMED_FUNCTION_CALL')
  })

  it.each([
    ['stop', {}, 'STOP'],
    ['length', {}, 'MAX_TOKENS'],
    ['content_filter', {}, 'SAFETY'],
    ['content_filter', { native_finish_reason: 'RECITATION' }, 'RECITATION'],
    ['stop', { native_finish_reason: 'end_turn' }, 'STOP'],
  ])('ends by %s, %o, in Gemini’s word', async (reason, more, word) => {
    const [response] = await answered([said({ content: 'Hm' }), ended(reason, more)])
    expect(response!.candidates![0]!.finishReason).toBe(word)
  })

  it('says that a prompt was blocked where nothing was said', async () => {
    const [response] = await answered([said({ content: '' }), ended('content_filter')])
    expect(response).toEqual({ promptFeedback: { blockReason: 'SAFETY' }, ...cost, ...about })
    const failure = new ApiError('invalid_request_error', {
      message: 'Filtered.',
      wireCode: 'content_filter',
    })
    const [refused] = await answered([], {}, failure)
    expect(refused).toMatchObject({ promptFeedback: { blockReason: 'SAFETY' } })
    expect(refused!.candidates).toBeUndefined()
  })

  it('fails where chat fails', async () => {
    const failure = new ApiError('stream_incomplete', { message: 'Cut.' })
    await expect(answered([said({ content: 'Hm' })], { stream: true }, failure)).rejects.toBe(
      failure,
    )
  })

  it('shows pictures, sound, sources and log probabilities', async () => {
    const token = { token: 'Hm', logprob: -0.5, bytes: null }
    const responses = await answered([
      said({ images: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } }] }),
      said({ audio: { id: 'x', data: 'AAAA' } }),
      chunk({
        delta: {
          content: 'Hm',
          annotations: [
            {
              type: 'url_citation',
              url_citation: { start_index: 0, end_index: 0, title: 'T', url: 'https://a.example' },
            },
          ],
        },
        logprobs: { content: [{ ...token, top_logprobs: [token] }], refusal: null },
      }),
      ended('stop'),
    ])
    expect(responses[0]!.candidates![0]).toMatchObject({
      content: {
        parts: [
          { inlineData: { mimeType: 'image/png', data: 'AA==' } },
          { inlineData: { data: 'AAAA' } },
          { text: 'Hm' },
        ],
      },
      groundingMetadata: { groundingChunks: [{ web: { uri: 'https://a.example', title: 'T' } }] },
      logprobsResult: {
        chosenCandidates: [{ token: 'Hm', logProbability: -0.5 }],
        topCandidates: [{ candidates: [{ token: 'Hm', logProbability: -0.5 }] }],
      },
    })
  })

  it('keeps several candidates apart', async () => {
    const [response] = await answered([
      chunk({ delta: { content: 'a' } }, { index: 1, delta: { content: 'b' } }),
      chunk({ index: 1, finish_reason: 'length' }, { finish_reason: 'stop' }),
    ])
    expect(response!.candidates).toMatchObject([
      { index: 0, content: { parts: [{ text: 'a' }] }, finishReason: 'STOP' },
      { index: 1, content: { parts: [{ text: 'b' }] }, finishReason: 'MAX_TOKENS' },
    ])
  })
})
