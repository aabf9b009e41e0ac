import { chats, entriesOf, type ModelKind } from './catalog-entry.ts'

const said = chats(['text'], 'tools', 'json_schema')
const seen = chats(['text', 'image'], 'tools', 'json_schema')
const thought = chats(['text', 'image'], 'tools', 'json_schema', 'reasoning')
const heard = chats(['text', 'audio'], 'tools')
const embeds: ModelKind = { input: ['text'], output: ['vector'], abilities: ['embeddings'] }
const listens: ModelKind = { input: ['audio'], output: ['text'], abilities: ['transcription'] }
const judges: ModelKind = { input: ['text'], output: ['text'], abilities: ['moderation'] }
const old = { deprecated: true } as const

/** Mistral's models, sorted by id. It publishes no limit for answers but the context window. */
export const mistralEntries = entriesOf('mistral', [
  ['codestral-2508', '2025-07-30', 256_000, null, said],
  ['codestral-embed', '2025-05-28', 8192, null, embeds],
  ['codestral-latest', '2025-07-30', 256_000, null, said],
  ['devstral-2512', '2025-12-09', 262_144, null, said],
  ['devstral-medium-2507', '2025-07-10', 131_072, null, said],
  ['devstral-medium-latest', '2025-12-09', 262_144, null, said],
  ['devstral-small-2507', '2025-07-10', 131_072, null, said],
  ['labs-devstral-small-2512', '2025-12-09', 262_144, null, seen],
  ['magistral-medium-2509', '2025-09-17', 131_072, null, thought],
  ['magistral-medium-latest', '2025-09-17', 131_072, null, thought],
  ['magistral-small-2509', '2025-09-17', 131_072, null, thought],
  ['magistral-small-latest', '2025-09-17', 131_072, null, thought],
  ['ministral-14b-2512', '2025-12-02', 262_144, null, seen],
  ['ministral-3b-2512', '2025-12-02', 131_072, null, seen],
  ['ministral-3b-latest', '2025-12-02', 131_072, null, seen],
  ['ministral-8b-2512', '2025-12-02', 262_144, null, seen],
  ['ministral-8b-latest', '2025-12-02', 262_144, null, seen],
  ['mistral-embed', '2023-12-11', 8192, null, embeds],
  ['mistral-large-2411', '2024-11-18', 131_072, null, said, old],
  ['mistral-large-2512', '2025-12-02', 262_144, null, seen],
  ['mistral-large-latest', '2025-12-02', 262_144, null, seen],
  ['mistral-medium-2505', '2025-05-07', 131_072, null, seen],
  ['mistral-medium-2508', '2025-08-12', 131_072, null, seen],
  ['mistral-medium-2604', '2026-04-29', 262_144, null, thought],
  ['mistral-medium-3.5', '2026-04-29', 262_144, null, thought],
  ['mistral-medium-latest', null, null, null, seen],
  ['mistral-moderation-2603', null, null, null, judges],
  ['mistral-moderation-latest', null, null, null, judges],
  ['mistral-small-2506', '2025-06-20', 131_072, null, seen],
  [
    'mistral-small-2603',
    '2026-03-16',
    256_000,
    null,
    chats(['text', 'image'], 'tools', 'reasoning'),
  ],
  ['mistral-small-latest', null, null, null, seen],
  ['open-mistral-7b', '2023-09-27', 32_768, null, chats(['text']), old],
  ['open-mistral-nemo', '2024-07-18', 131_072, null, said],
  ['open-mixtral-8x22b', '2024-04-17', 65_536, null, said, old],
  ['open-mixtral-8x7b', '2023-12-11', 32_768, null, chats(['text']), old],
  ['pixtral-12b-2409', '2024-09-17', 131_072, null, seen, old],
  ['pixtral-large-latest', '2024-11-18', 131_072, null, seen],
  ['voxtral-mini-latest', '2025-07-15', 32_768, null, listens],
  ['voxtral-small-2507', '2025-07-15', 32_768, null, heard],
  ['voxtral-small-latest', '2025-07-15', 32_768, null, heard],
])
