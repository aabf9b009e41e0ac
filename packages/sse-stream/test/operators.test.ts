import { createGate } from '@sluice/core'
import type { ChatCompletionChunk } from '@sluice/core/wire'
import { BinaryBatch } from '@sluice/sse-stream/internal'
import * as operators from '@sluice/sse-stream'
import { Observable, Subject, type MonoTypeOperatorFunction, type OperatorFunction } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { batch, completionOf, documentOf, finish, run, say, usage, usageBatch } from './answers.ts'

type ChatBatch = operators.ChatBatch

/** Operators that give batches for batches. */
const mono: [string, MonoTypeOperatorFunction<ChatBatch>][] = [
  ['coalesce', operators.coalesce({ maxWaitMs: 5 })],
  ['failIfTruncated', operators.failIfTruncated()],
  ['limitTokens', operators.limitTokens(1000)],
  ['meterUsage', operators.meterUsage(() => {})],
  ['redact', operators.redact(/secret/)],
  ['reidentify', operators.reidentify(new operators.RedactionVault())],
  ['smooth', operators.smooth({ intervalMs: 5 })],
  ['splitReasoning', operators.splitReasoning()],
  ['stopAt', operators.stopAt('STOP')],
]
const all: [string, OperatorFunction<ChatBatch, unknown>][] = [
  ...mono,
  ['accumulate', operators.accumulate()],
  ['collectToolCalls', operators.collectToolCalls()],
  ['eachChunk', operators.eachChunk<ChatCompletionChunk>()],
  ['pickReasoning', operators.pickReasoning()],
  ['pickText', operators.pickText()],
  ['toSse', operators.toSse()],
]

describe.each(all)('%s', (_name, operator) => {
  it('subscribes to its source once for each subscriber, and not before', () => {
    let subscriptions = 0
    const result$ = new Observable<ChatBatch>(() => void subscriptions++).pipe(operator)
    expect(subscriptions).toBe(0)
    result$.subscribe().unsubscribe()
    result$.subscribe().unsubscribe()
    expect(subscriptions).toBe(2)
  })

  it('lets the source go when it is left, and gives nothing after that', () => {
    const source = new Subject<ChatBatch>()
    const values: unknown[] = []
    const subscription = source.pipe(operator).subscribe((value) => values.push(value))
    source.next(batch(say('a ')))
    const before = values.length
    subscription.unsubscribe()
    expect(source.observed).toBe(false)
    expect(values).toHaveLength(before)
  })

  it('hands on an error that comes before anything else', () => {
    const failure = new Error('broken')
    expect(run([], operator, failure)).toEqual({ values: [], error: failure, isComplete: false })
  })
})

describe.each(mono)('%s', (_name, operator) => {
  it('lets pass what is no chat', () => {
    const speech = new BinaryBatch(new Uint8Array([1, 2]), 'audio/mpeg', createGate())
    expect(run([speech], operator).values).toEqual([speech])
  })

  it('lets a whole answer pass that it need not change', () => {
    const whole = documentOf(completionOf('a'))
    expect(run([whole], operator).values[0]).toBe(whole)
  })
})

// What paces gives the usage in its own time; its own test sees to that.
describe.each(mono.filter(([name]) => name !== 'smooth'))('%s', (_name, operator) => {
  it('gives the usage last and as it came', () => {
    const last = usageBatch()
    const { values, isComplete } = run([batch(say('secre')), batch(finish()), last], operator)
    expect(isComplete).toBe(true)
    expect(values.at(-1)).toBe(last)
    expect(values.filter((one) => one.usage === usage)).toHaveLength(1)
  })
})
