import { failIfTruncated, type ChatBatch } from '@sluice/sse-stream'
import { describe, expect, it } from 'vitest'
import {
  answerOf,
  batch,
  completionOf,
  documentOf,
  finish,
  run,
  say,
  usageBatch,
} from './answers.ts'

describe('failIfTruncated', () => {
  it.each<[string, ChatBatch[]]>([
    ['stops inside a choice', [batch(say('a'))]],
    ['stops inside one of several choices', [batch(say('a'), say('b', 1)), batch(finish())]],
    ['says nothing', []],
    ['says only what it cost', [usageBatch()]],
  ])('fails an answer that %s', (_how, batches) => {
    const { values, error } = run(batches, failIfTruncated())
    expect(values).toEqual(batches)
    expect(error).toMatchObject({ code: 'stream_incomplete', status: 502 })
  })

  it.each<[string, ChatBatch[]]>([
    ['an answer that ends', answerOf(['a'])],
    ['an answer cut by its token limit', [batch(say('a')), batch(finish('length'))]],
    ['choices that end at different times', [batch(say('a'), finish('stop', 1)), batch(finish())]],
    ['a whole answer', [documentOf(completionOf('a'))]],
  ])('lets pass %s', (_what, batches) => {
    expect(run(batches, failIfTruncated())).toEqual({
      values: batches,
      error: undefined,
      isComplete: true,
    })
  })

  it('hands on the error that there is', () => {
    const failure = new Error('broken')
    expect(run([batch(say('a'))], failIfTruncated(), failure).error).toBe(failure)
  })
})
