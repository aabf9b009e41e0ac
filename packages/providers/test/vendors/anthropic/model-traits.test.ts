import { describe, expect, it } from 'vitest'
import { modelTraits, type ModelTraits } from '../../../src/vendors/anthropic/model-traits.ts'

const cases: readonly [model: string, traits: Partial<ModelTraits>][] = [
  [
    'claude-3-haiku-20240307',
    { maxTokens: 4096, thinking: 'none', sampling: 'all', schemas: false, prefill: true },
  ],
  [
    'claude-3-5-sonnet-20241022',
    { maxTokens: 8192, thinking: 'none', sampling: 'all', schemas: false },
  ],
  ['claude-3.5-haiku', { maxTokens: 8192, thinking: 'none' }],
  [
    'claude-3-7-sonnet-latest',
    { maxTokens: 32_000, thinking: 'budget', sampling: 'all', schemas: false },
  ],
  ['claude-opus-4-20250514', { thinking: 'budget', sampling: 'all', schemas: false, efforts: [] }],
  ['claude-opus-4-1-20250805', { thinking: 'budget', sampling: 'one', schemas: true }],
  [
    'claude-sonnet-4-5-20250929',
    { thinking: 'budget', sampling: 'one', schemas: true, prefill: true, efforts: [] },
  ],
  ['claude-haiku-4-5', { thinking: 'budget', sampling: 'one', schemas: true, prefill: true }],
  ['claude-opus-4-5@20251101', { thinking: 'budget', efforts: ['low', 'medium', 'high'] }],
  [
    'anthropic.claude-opus-4-6-v1',
    { thinking: 'adaptive', sampling: 'one', prefill: false, thinkingOff: 'omit' },
  ],
  ['us/claude-sonnet-4.6', { thinking: 'adaptive', sampling: 'one', prefill: false }],
  [
    'claude-opus-4-8[1m]',
    { thinking: 'adaptive', sampling: 'none', thinkingOff: 'omit', thinksWhenForced: true },
  ],
  ['claude-sonnet-5', { sampling: 'none', thinkingOff: 'disabled', forcedTools: true }],
  ['claude-sonnet-5-5', { sampling: 'none', thinkingOff: 'between_tools', forcedTools: false }],
  ['claude-opus-5', { sampling: 'none', thinkingOff: 'disabled', forcedTools: true }],
  ['claude-opus-5-5', { sampling: 'none', thinkingOff: 'low_effort', forcedTools: false }],
  ['claude-haiku-5-5', { sampling: 'none', thinkingOff: 'disabled', forcedTools: true }],
  ['claude-fable-5', { sampling: 'none', thinkingOff: 'low_effort', forcedTools: true }],
  ['claude-mythos-preview', { sampling: 'none', thinking: 'adaptive', thinkingOff: 'low_effort' }],
  [
    'CLAUDE-OPUS-7',
    { thinking: 'adaptive', sampling: 'none', forcedTools: false, maxTokens: 32_000 },
  ],
  ['claude-2.1', { maxTokens: 4096, sampling: 'all' }],
  [
    'house-model',
    { maxTokens: 4096, thinking: 'budget', sampling: 'all', forcedTools: true, prefill: true },
  ],
  ['', { maxTokens: 4096 }],
]

describe('modelTraits', () => {
  it.each(cases)('knows %s', (model, traits) => {
    expect(modelTraits(model)).toMatchObject(traits)
  })
})
