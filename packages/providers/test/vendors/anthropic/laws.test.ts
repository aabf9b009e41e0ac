import { loadFixtures, providerLaws } from '@sluice/conformance'
import { systemClock } from '@sluice/core'
import { anthropic } from '@sluice/providers/anthropic'
import { describe, test } from 'vitest'

// The vendor dates nothing, so that answers are dated here: for all of the laws at the same second.
const clock = { ...systemClock, wall: () => 1_700_000_000_000 }

providerLaws({
  spec: anthropic.spec,
  create: (options) => anthropic({ ...options, clock }),
  fixtures: loadFixtures(new URL('../../fixtures/anthropic', import.meta.url)),
  runner: { test, describe },
})
