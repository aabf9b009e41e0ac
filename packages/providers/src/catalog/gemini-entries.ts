import { chats, entriesOf, type ModelKind } from './catalog-entry.ts'

const senses = ['text', 'image', 'audio', 'video', 'pdf'] as const
const sensed = chats(senses, 'tools', 'json_schema')
const thought = chats(senses, 'tools', 'json_schema', 'reasoning')
const open = chats(['text', 'image'], 'tools', 'json_schema')
const draws: ModelKind = {
  input: ['text', 'image'],
  output: ['text', 'image'],
  abilities: ['chat', 'vision', 'images'],
}
const paints: ModelKind = { input: ['text'], output: ['image'], abilities: ['images'] }
const speaks: ModelKind = { input: ['text'], output: ['audio'], abilities: ['speech'] }
const embeds: ModelKind = { input: ['text'], output: ['vector'], abilities: ['embeddings'] }
const old = { deprecated: true } as const

/** Gemini's models, sorted by id. */
export const geminiEntries = entriesOf('gemini', [
  ['gemini-1.5-flash', '2024-05-14', 1_000_000, 8192, sensed, old],
  ['gemini-1.5-flash-8b', '2024-10-03', 1_000_000, 8192, sensed, old],
  ['gemini-1.5-pro', '2024-05-14', 2_000_000, 8192, sensed, old],
  ['gemini-2.0-flash', '2025-02-05', 1_048_576, 8192, sensed, old],
  ['gemini-2.0-flash-001', '2025-02-05', 1_048_576, 8192, sensed, old],
  ['gemini-2.0-flash-lite', '2025-02-25', 1_048_576, 8192, sensed, old],
  ['gemini-2.0-flash-lite-001', '2025-02-25', 1_048_576, 8192, sensed, old],
  [
    'gemini-2.5-computer-use-preview-10-2025',
    '2025-10-07',
    128_000,
    64_000,
    chats(['text', 'image'], 'tools', 'reasoning'),
  ],
  ['gemini-2.5-flash', '2025-06-17', 1_048_576, 65_536, thought],
  ['gemini-2.5-flash-image', '2025-10-02', 32_768, 32_768, draws],
  ['gemini-2.5-flash-lite', '2025-07-22', 1_048_576, 65_536, thought],
  ['gemini-2.5-flash-lite-preview-09-2025', '2025-09-25', 1_048_576, 65_536, thought],
  ['gemini-2.5-flash-preview-09-2025', '2025-09-25', 1_048_576, 65_536, thought],
  ['gemini-2.5-flash-preview-tts', '2025-05-20', 8192, 16_384, speaks],
  ['gemini-2.5-pro', '2025-06-17', 1_048_576, 65_536, thought],
  ['gemini-2.5-pro-preview-tts', '2025-05-20', 8192, 16_384, speaks],
  ['gemini-3-flash-preview', '2025-12-17', 1_048_576, 65_536, thought],
  ['gemini-3-pro-image-preview', '2025-11-20', 65_536, 32_768, draws],
  ['gemini-3-pro-preview', '2025-11-18', 1_000_000, 64_000, thought],
  ['gemini-3.1-flash-image-preview', null, null, null, draws],
  ['gemini-3.1-flash-lite', '2026-05-07', 1_048_576, 65_536, thought],
  ['gemini-3.1-flash-tts-preview', null, null, null, speaks],
  ['gemini-3.1-pro-preview', '2026-02-19', 1_048_576, 65_536, thought],
  ['gemini-3.5-flash', '2026-05-19', 1_048_576, 65_536, thought],
  ['gemini-3.7-flash', null, null, null, thought],
  ['gemini-3.8-flash', '2026-09-02', 1_048_576, 65_536, thought],
  ['gemini-embedding-001', '2025-07-14', 2048, null, embeds],
  ['gemini-embedding-2', '2026-04-22', 8192, null, { ...embeds, input: senses }],
  ['gemini-flash-latest', '2025-09-25', 1_048_576, 65_536, thought],
  ['gemini-flash-lite-latest', '2025-09-25', 1_048_576, 65_536, thought],
  ['gemma-3-12b-it', '2025-03-12', 131_072, 8192, open],
  ['gemma-3-27b-it', '2025-03-12', 131_072, 8192, open],
  [
    'gemma-4-26b-a4b-it',
    '2026-04-02',
    256_000,
    8192,
    chats(['text', 'image'], 'tools', 'json_schema', 'reasoning'),
  ],
  ['imagen-4.0-fast-generate-001', '2025-08-14', null, null, paints],
  ['imagen-4.0-generate-001', '2025-08-14', null, null, paints],
  ['imagen-4.0-ultra-generate-001', '2025-08-14', null, null, paints],
])
