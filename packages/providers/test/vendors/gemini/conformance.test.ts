import { loadFixtures, providerLaws } from '@sluice/conformance'
import { gemini } from '@sluice/providers/gemini'
import { describe, test } from 'vitest'

providerLaws({
  spec: gemini.spec,
  create: gemini,
  fixtures: loadFixtures(new URL('../../fixtures/gemini', import.meta.url)),
  runner: { test, describe },
})
