import { chats, entriesOf, type ModelKind } from './catalog-entry.ts'

const said = chats(['text'], 'tools', 'json_schema')
const thought = chats(['text'], 'tools', 'json_schema', 'reasoning')
const seen = chats(['text', 'image'], 'tools', 'json_schema')
const pondered = chats(['text', 'image'], 'tools', 'json_schema', 'reasoning')
const read = chats(['text', 'image', 'pdf'], 'tools', 'json_schema', 'reasoning')
const draws: ModelKind = { input: ['text', 'image'], output: ['image'], abilities: ['images'] }
const old = { deprecated: true } as const

/** xAI's models, sorted by id. */
export const xaiEntries = entriesOf('xai', [
  ['grok-2-1212', '2024-12-12', 131_072, 8192, said, old],
  ['grok-2-image-1212', '2024-12-12', null, null, { ...draws, input: ['text'] }],
  ['grok-2-vision-1212', '2024-12-12', 32_768, 4096, seen],
  ['grok-3', '2025-02-17', 131_072, 8192, said],
  ['grok-3-fast', '2025-02-17', 131_072, 8192, said],
  ['grok-3-mini', '2025-02-17', 131_072, 8192, thought],
  ['grok-3-mini-fast', '2025-02-17', 131_072, 8192, thought],
  ['grok-4', '2025-07-09', 256_000, 64_000, pondered],
  ['grok-4-0709', '2025-07-09', 256_000, 64_000, pondered],
  ['grok-4-1-fast', '2025-11-19', 2_000_000, 30_000, pondered, { aliases: ['grok-4.1-fast'] }],
  [
    'grok-4-1-fast-non-reasoning',
    '2025-11-19',
    2_000_000,
    30_000,
    seen,
    { aliases: ['grok-4.1-fast-non-reasoning'] },
  ],
  [
    'grok-4-1-fast-reasoning',
    '2025-11-19',
    2_000_000,
    30_000,
    pondered,
    { aliases: ['grok-4.1-fast-reasoning'] },
  ],
  ['grok-4-fast', '2025-09-19', 2_000_000, 30_000, pondered],
  ['grok-4-fast-non-reasoning', '2025-09-19', 2_000_000, 30_000, seen],
  ['grok-4-fast-reasoning', '2025-09-19', 2_000_000, 30_000, pondered],
  ['grok-4.20-0309-non-reasoning', '2026-03-09', 2_000_000, 30_000, seen],
  ['grok-4.20-0309-reasoning', '2026-03-09', 2_000_000, 30_000, pondered],
  ['grok-4.20-multi-agent-0309', '2026-03-09', null, null, pondered],
  ['grok-4.3', '2026-04-17', 1_000_000, 30_000, read],
  ['grok-4.5', '2026-07-08', 500_000, null, pondered],
  ['grok-4.6', '2026-08-12', 500_000, null, pondered],
  ['grok-4.7', '2026-09-21', 500_000, null, pondered],
  ['grok-code-fast-1', '2025-08-28', 256_000, 10_000, thought],
  ['grok-imagine-image', null, null, null, draws],
])
