import { ApiError, call } from '@sluice/core'
import type { CreateEmbeddingResponse, EmbeddingCreateParams } from '@sluice/core/wire'
import { fromAiSdkEmbedding } from '@sluice/providers/ai-sdk'
import { MockEmbeddingModelV4 } from 'ai/test'
import { firstValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'

const modelOf = (maxEmbeddingsPerCall: number | null = null) =>
  new MockEmbeddingModelV4({
    modelId: 'embed-1',
    maxEmbeddingsPerCall,
    doEmbed: async ({ values }) => ({
      embeddings: values.map((value) => [value.length, 0.5]),
      usage: { tokens: values.length },
      warnings: [],
    }),
  })
const ask = async (
  model: MockEmbeddingModelV4,
  params: Pick<EmbeddingCreateParams, 'input' | 'encoding_format' | 'dimensions'>,
) => {
  const batch = await firstValueFrom(
    fromAiSdkEmbedding(model)(call('embeddings', { model: 'm', ...params })),
  )
  return { document: batch.document() as CreateEmbeddingResponse, usage: batch.usage }
}

describe('an embedding model of the AI SDK', () => {
  it('embeds one text or several, in portions that it can take', async () => {
    const model = modelOf(2)
    const { document, usage } = await ask(model, { input: ['a', 'bb', 'ccc'] })
    expect(document).toEqual({
      object: 'list',
      model: 'embed-1',
      data: [1, 2, 3].map((length, index) => ({
        object: 'embedding',
        index,
        embedding: [length, 0.5],
      })),
      usage: { prompt_tokens: 3, total_tokens: 3 },
    })
    expect(usage).toMatchObject({ prompt_tokens: 3, completion_tokens: 0 })
    expect(model.doEmbedCalls.map(({ values }) => values)).toEqual([['a', 'bb'], ['ccc']])
    expect((await ask(modelOf(), { input: 'dddd' })).document.data[0]!.embedding).toEqual([4, 0.5])
  })

  it('gives vectors as base64 where that is asked for, and hands dimensions on', async () => {
    const model = modelOf()
    const { document } = await ask(model, { input: 'aa', encoding_format: 'base64', dimensions: 2 })
    const bytes = Buffer.from(document.data[0]!.embedding as string, 'base64')
    expect([bytes.readFloatLE(0), bytes.readFloatLE(4)]).toEqual([2, 0.5])
    expect(model.doEmbedCalls[0]!.dimensions).toBe(2)
  })

  it('refuses token ids', async () => {
    const failure: unknown = await ask(modelOf(), { input: [1, 2] }).catch(
      (error: unknown) => error,
    )
    expect(ApiError.is(failure) && failure).toMatchObject({ status: 400, param: 'input' })
  })

  it('is aborted when the client leaves', async () => {
    let signal: AbortSignal | undefined
    const model = new MockEmbeddingModelV4({
      doEmbed: ({ abortSignal }) => ((signal = abortSignal), new Promise(() => {})),
    })
    const subscription = fromAiSdkEmbedding(model)(
      call('embeddings', { model: 'm', input: 'x' }),
    ).subscribe()
    await expect.poll(() => signal).toBeDefined()
    subscription.unsubscribe()
    expect(signal!.aborted).toBe(true)
  })
})
