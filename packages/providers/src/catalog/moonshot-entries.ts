import { chats, entriesOf } from './catalog-entry.ts'

const said = chats(['text'], 'tools', 'json_schema')
const thought = chats(['text'], 'tools', 'json_schema', 'reasoning')
const watched = chats(['text', 'image', 'video'], 'tools', 'json_schema', 'reasoning')
const old = { deprecated: true } as const

/** Moonshot's models, sorted by id. */
export const moonshotEntries = entriesOf('moonshot', [
  ['kimi-k2-0711-preview', '2025-07-14', 131_072, 16_384, said],
  ['kimi-k2-0905-preview', '2025-09-05', 262_144, 262_144, said, { aliases: ['Kimi-v2'] }],
  ['kimi-k2-thinking', '2025-11-06', 262_144, 262_144, thought],
  ['kimi-k2-thinking-turbo', '2025-11-06', 262_144, 262_144, thought],
  ['kimi-k2-turbo-preview', '2025-09-05', 262_144, 262_144, said],
  ['kimi-k2.5', '2026-01-27', 262_144, 262_144, watched],
  ['kimi-k2.6', '2026-04-21', 262_144, 262_144, watched],
  ['kimi-k3', '2026-07-16', 1_048_576, 262_144, watched],
  ['kimi-latest', '2025-02-17', 131_072, null, chats(['text', 'image'], 'tools'), old],
  [
    'kimi-thinking-preview',
    '2025-05-06',
    131_072,
    null,
    chats(['text', 'image'], 'reasoning'),
    old,
  ],
  ['moonshot-v1-128k', '2024-02-05', 131_072, null, said],
  ['moonshot-v1-128k-vision-preview', '2025-01-15', 131_072, null, chats(['text', 'image'])],
  ['moonshot-v1-32k', '2024-02-05', 32_768, null, said],
  ['moonshot-v1-32k-vision-preview', '2025-01-15', 32_768, null, chats(['text', 'image'])],
  ['moonshot-v1-8k', '2024-02-05', 8192, null, said],
  ['moonshot-v1-8k-vision-preview', '2025-01-15', 8192, null, chats(['text', 'image'])],
  ['moonshot-v1-auto', '2024-09-01', 131_072, null, said],
])
