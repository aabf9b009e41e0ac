import { demo } from '@sluice/providers/demo'
import { lastValueFrom, take, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { buildHandler, sentences } from '../src/pipeline.ts'

describe('rxjs-pipeline', () => {
  it('gives whole sentences, from the cache the second time', async () => {
    const handler = buildHandler()
    const first = await lastValueFrom(sentences(handler, 'What is a token stream?').pipe(toArray()))
    expect(first.length).toBeGreaterThan(1)
    expect(await lastValueFrom(sentences(handler, 'What is a token stream?').pipe(toArray()))).toEqual(first)
  })

  it('stops the answer when nobody listens any more', async () => {
    const slow = buildHandler(demo({ tokensPerSecond: 100 }))
    expect(await lastValueFrom(sentences(slow, 'Tell me more').pipe(take(1), toArray()))).toHaveLength(1)
  })
})
