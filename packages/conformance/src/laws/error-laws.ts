import assert from 'node:assert/strict'
import { ApiError, call } from '@sluice/core'
import { againstVendor, BASE_PATH, soon, VENDOR_KEY } from './against-vendor.ts'
import { asDocument, asStream, isChat } from './chat-params.ts'
import { collect } from './collect.ts'
import { errorResponses, type ErrorResponse } from './error-responses.ts'
import type { ProviderLaw, ProviderSubject } from './provider-subject.ts'

/** A vendor's failure reaches the client as one clear error, without the vendor's secrets. */
export const errorLaws: readonly ProviderLaw[] = errorResponses.map((failure) => ({
  name: `turns ${failure.name} into the right error, streamed or not`,
  applies: ({ fixtures }: ProviderSubject) => fixtures.some(isChat),
  check: (subject: ProviderSubject) => checkFailure(subject, failure),
}))

async function checkFailure(subject: ProviderSubject, failure: ErrorResponse): Promise<void> {
  const fixture = subject.fixtures.find(isChat)!
  for (const params of [asDocument(fixture), asStream(fixture, true)]) {
    await againstVendor(subject, [() => failure.steps], async (provider, vendor) => {
      const got = await soon(collect(provider(call('chat.completions', params))), 'the call ends')
      const { error } = got
      assert.ok(ApiError.is(error), 'it fails with an ApiError')
      assert.deepEqual(got.chunks, [], 'nothing is delivered before it')
      assert.equal(got.document, undefined, 'nothing is delivered before it')
      const statuses = failure.status ?? [error.status]
      assert.ok(
        statuses.includes(error.status),
        `status ${error.status}, expected ${statuses.join(' or ')}`,
      )
      assert.ok(error.status >= 400, `status ${error.status} is no error`)
      if (failure.code !== undefined) assert.equal(error.code, failure.code)
      if (failure.retryAfterMs !== undefined) assert.equal(error.retryAfterMs, failure.retryAfterMs)
      const shown = JSON.stringify([error.toBody(), error.toHeaders()])
      if (failure.says !== undefined)
        assert.ok(shown.includes(failure.says), `the vendor's words are lost: ${shown}`)
      for (const secret of [VENDOR_KEY, vendor.url, BASE_PATH])
        assert.ok(!shown.includes(secret), `it shows ${secret}`)
      assert.equal(vendor.requests.length, 1, 'it is asked once')
    })
  }
}
