import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import type { Fault } from '../fault-vendor/faults.ts'
import { faultVendor, type FaultVendor } from '../fault-vendor/fault-vendor.ts'
import type { ProviderSubject, ProviderUnderTest } from './provider-subject.ts'

/** A vendor key that does not look like one, so that only who knows it can hide it. */
export const VENDOR_KEY = 'conformance.0123456789.abcdef'
/** In front of every path, because a base URL may have a path of its own. */
export const BASE_PATH = '/conformance/base'

/**
 * Runs `body` with the provider set up against a fault vendor that does as scripted, and leaves
 * nothing behind.
 */
export async function againstVendor(
  subject: Pick<ProviderSubject, 'create'>,
  scripts: readonly Fault[],
  body: (provider: ProviderUnderTest, vendor: FaultVendor) => Promise<void>,
): Promise<void> {
  const vendor = await faultVendor()
  vendor.queue(...scripts)
  const provider = subject.create({ baseURL: vendor.url + BASE_PATH, apiKey: VENDOR_KEY })
  try {
    await body(provider, vendor)
  } finally {
    provider.close()
    await vendor.close()
  }
}

/** Fails where something does not happen soon: a law must end even where a provider does not. */
export async function soon<T>(promise: Promise<T>, what: string, limitMs = 2000): Promise<T> {
  const late = new AbortController()
  const limit = setTimeout(limitMs, undefined, { signal: late.signal }).then(
    () => assert.fail(`${what}, but not within ${limitMs} ms`),
    () => promise,
  )
  try {
    return await Promise.race([promise, limit])
  } finally {
    late.abort()
  }
}
