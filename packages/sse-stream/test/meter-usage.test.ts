import { meterUsage, pickText, stopAt, type ChatBatch, type MeteredUsage } from '@sluice/sse-stream'
import { of, Subject, take } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  answerOf,
  batch,
  callPart,
  completionOf,
  documentOf,
  outcomeOf,
  run,
  say,
  think,
  usage,
} from './answers.ts'

const estimated = (completion: number, prompt = 0) => ({
  usage: {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
  },
  isEstimated: true,
})

describe('meterUsage', () => {
  it('reports what the vendor says, once, before the answer completes', () => {
    const events: unknown[] = []
    of(...answerOf(['hello']))
      .pipe(meterUsage((metered) => events.push(metered)))
      .subscribe({ complete: () => events.push('complete') })
    expect(events).toEqual([{ usage, isEstimated: false, outcome: 'complete' }, 'complete'])
  })

  it('takes the usage of a whole answer', () => {
    const reports: MeteredUsage[] = []
    run(
      [documentOf(completionOf('hello'))],
      meterUsage((metered) => reports.push(metered)),
    )
    expect(reports).toEqual([{ usage, isEstimated: false, outcome: 'complete' }])
  })

  it.each<[MeteredUsage['outcome'], (upstream: Subject<ChatBatch>) => void]>([
    ['complete', (upstream) => upstream.complete()],
    ['error', (upstream) => upstream.error(new Error('broken'))],
    ['unsubscribe', () => {}],
  ])('estimates all that was seen of an answer that ends by %s, once', (outcome, end) => {
    const reports: MeteredUsage[] = []
    const upstream = new Subject<ChatBatch>()
    const metered = upstream.pipe(meterUsage((report) => reports.push(report), { promptTokens: 7 }))
    const subscription = metered.subscribe({ error: () => {} })
    upstream.next(batch(say('1234'), think('12345678'), say('1234', 1)))
    upstream.next(batch(callPart(0, '12345678', 'name')))
    end(upstream)
    subscription.unsubscribe()
    expect(reports).toEqual([{ ...estimated(7, 7), outcome }])
  })

  it('is told of by whoever stops the answer behind it', () => {
    const reports: MeteredUsage[] = []
    run(answerOf(['1234', '5678!', '9']), (source) =>
      source.pipe(
        meterUsage((report) => reports.push(report)),
        stopAt('!'),
      ),
    )
    expect(reports).toEqual([{ ...estimated(3), outcome: 'unsubscribe' }])
  })

  it('reports of each subscription by itself', () => {
    const reports: MeteredUsage[] = []
    const metered = of(...answerOf(['a'])).pipe(meterUsage((report) => reports.push(report)))
    metered.subscribe()
    metered.pipe(pickText(), take(1)).subscribe()
    expect(reports.map(({ outcome }) => outcome)).toEqual(['complete', 'unsubscribe'])
  })

  it('passes the batches on untouched', () => {
    const batches = answerOf(['a', 'b'])
    run(
      batches,
      meterUsage(() => {}),
    ).values.forEach((value, at) => expect(value).toBe(batches[at]))
  })

  it('fails the answer where the report throws', () => {
    const failure = new Error('ledger is closed')
    const metered = of(...answerOf(['a'])).pipe(
      meterUsage(() => {
        throw failure
      }),
    )
    expect(outcomeOf(metered)).toMatchObject({ error: failure, isComplete: false })
  })
})
