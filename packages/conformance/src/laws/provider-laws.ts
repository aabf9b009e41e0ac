import { checkOptions, option } from '@sluice/core'
import type { ProviderFixture } from '../fixtures/provider-fixture.ts'
import { abortLaws } from './abort-laws.ts'
import { responseLaws } from './response-laws.ts'
import { brokenStreamLaws } from './broken-stream-laws.ts'
import { coverageLaws } from './coverage-laws.ts'
import { errorLaws } from './error-laws.ts'
import { paramLaws } from './param-laws.ts'
import type { CreateProvider, FixtureLaw, ProviderLaw, SpecUnderTest } from './provider-subject.ts'
import { requestLaws } from './request-laws.ts'
import { streamLaws } from './stream-laws.ts'
import { inGroup, type LawRunner } from './runner.ts'

/** What is put to the laws, and by which test runner. */
export interface ProviderLawsOptions {
  /** What the vendor can do. How it differs from others is declared here, and nowhere else. */
  readonly spec: SpecUnderTest
  readonly create: CreateProvider
  /** The vendor's golden cases; see `loadFixtures`. */
  readonly fixtures: readonly ProviderFixture[]
  readonly runner: LawRunner
  /** Another seed cuts the bytes at other places. @defaultValue 1 */
  readonly seed?: number | undefined
}

const RULES = {
  spec: option.object,
  create: option.function,
  fixtures: option.object,
  runner: option.object,
  seed: option.count,
}

const fixtureLaws: readonly FixtureLaw[] = [
  ...requestLaws,
  ...responseLaws,
  ...streamLaws,
  ...brokenStreamLaws,
]
const providerWideLaws: readonly ProviderLaw[] = [
  ...coverageLaws,
  ...paramLaws,
  ...errorLaws,
  ...abortLaws,
]

/**
 * Registers the laws of a provider with a test runner, one test each: for every golden case, and
 * for the provider as a whole. A provider that keeps them can stand behind any of OpenAI's clients.
 *
 * @example providerLaws({ spec: acme.spec, create: acme, fixtures: loadFixtures('test/fixtures/acme'), runner: { test, describe } })
 * @throws ConfigError `ERR_CONFORMANCE_OPTIONS`
 */
export function providerLaws(options: ProviderLawsOptions): void {
  checkOptions('providerLaws', 'ERR_CONFORMANCE_OPTIONS', options, RULES)
  const { runner, seed = 1, ...rest } = options
  const subject = { ...rest, seed }
  inGroup(runner, subject.spec.id, (test) => {
    for (const law of providerWideLaws)
      if (law.applies(subject)) test(law.name, () => law.check(subject))
  })
  for (const fixture of subject.fixtures) {
    inGroup(runner, `${subject.spec.id}, ${fixture.name}`, (test) => {
      for (const law of fixtureLaws) {
        if (law.applies(fixture)) test(law.name, () => law.check(subject, fixture))
      }
    })
  }
}
