import { chats, entriesOf, type ModelKind } from './catalog-entry.ts'

const said = chats(['text'], 'tools', 'json_schema')
const thought = chats(['text'], 'tools', 'json_schema', 'reasoning')
const seen = chats(['text', 'image', 'video'], 'tools')
const pondered = chats(['text', 'image', 'video'], 'tools', 'reasoning')
const sensed: ModelKind = {
  input: ['text', 'image', 'audio', 'video'],
  output: ['text', 'audio'],
  abilities: ['chat', 'tools', 'vision', 'audio'],
}
const translates = chats(['text'])
const embeds: ModelKind = { input: ['text'], output: ['vector'], abilities: ['embeddings'] }

/** Qwen's models at DashScope, sorted by id. */
export const qwenEntries = entriesOf('qwen', [
  ['qvq-max', '2025-03-25', 131_072, 8192, chats(['text', 'image', 'video'], 'reasoning')],
  ['qwen-flash', '2025-07-28', 1_000_000, 32_768, thought],
  ['qwen-flash-2025-07-28', '2025-07-28', 1_000_000, 32_768, thought],
  ['qwen-max', '2024-04-03', 32_768, 8192, said],
  ['qwen-mt-plus', '2025-01-01', 16_384, 8192, translates],
  ['qwen-mt-turbo', '2025-01-01', 16_384, 8192, translates],
  ['qwen-omni-turbo', '2025-01-19', 32_768, 2048, sensed],
  ['qwen-plus', '2024-01-25', 1_000_000, 32_768, thought],
  ['qwen-plus-2025-07-28', '2025-07-28', 1_000_000, 32_768, thought],
  ['qwen-plus-2025-09-11', '2025-09-11', 1_000_000, 32_768, thought],
  ['qwen-plus-2025-12-01', '2025-12-01', 1_000_000, 32_768, thought],
  ['qwen-turbo', '2024-11-01', 1_000_000, 16_384, thought],
  ['qwen-vl-max', '2024-04-08', 131_072, 8192, seen],
  ['qwen-vl-ocr', '2024-10-28', 34_096, 4096, chats(['text', 'image'])],
  ['qwen-vl-plus', '2024-01-25', 131_072, 8192, seen],
  ['qwen2.5-14b-instruct', '2024-09-19', 131_072, 8192, said],
  ['qwen2.5-32b-instruct', '2024-09-19', 131_072, 8192, said],
  ['qwen2.5-72b-instruct', '2024-09-19', 131_072, 8192, said],
  ['qwen2.5-7b-instruct', '2024-09-19', 131_072, 8192, said],
  ['qwen2.5-vl-72b-instruct', '2025-01-26', 131_072, 8192, seen],
  ['qwen3-14b', '2025-04-28', 131_072, 8192, thought],
  ['qwen3-235b-a22b', '2025-04-28', 131_072, 16_384, thought],
  ['qwen3-235b-a22b-instruct-2507', '2025-07-21', 131_072, 32_768, said],
  ['qwen3-235b-a22b-thinking-2507', '2025-07-25', 131_072, 32_768, thought],
  ['qwen3-30b-a3b', '2025-04-28', 131_072, 16_384, thought],
  ['qwen3-30b-a3b-instruct-2507', '2025-07-29', 131_072, 32_768, said],
  ['qwen3-30b-a3b-thinking-2507', '2025-07-30', 131_072, 32_768, thought],
  ['qwen3-32b', '2025-04-28', 131_072, 16_384, thought],
  ['qwen3-8b', '2025-04-28', 131_072, 8192, thought],
  ['qwen3-coder-30b-a3b-instruct', '2025-07-31', 262_144, 65_536, said],
  ['qwen3-coder-480b-a35b-instruct', '2025-07-22', 262_144, 65_536, said],
  ['qwen3-coder-flash', '2025-07-28', 1_000_000, 65_536, said],
  ['qwen3-coder-plus', '2025-07-22', 1_048_576, 65_536, said],
  ['qwen3-max', '2025-09-23', 262_144, 65_536, said],
  ['qwen3-max-2026-01-23', '2026-01-23', 262_144, null, thought],
  ['qwen3-max-preview', '2025-09-05', 262_144, null, said],
  ['qwen3-next-80b-a3b-instruct', '2025-09-11', 131_072, 32_768, said],
  ['qwen3-next-80b-a3b-thinking', '2025-09-11', 131_072, 32_768, thought],
  ['qwen3-omni-flash', '2025-09-15', 65_536, 16_384, sensed],
  ['qwen3-vl-235b-a22b-instruct', '2025-09-23', 131_072, 32_768, seen],
  ['qwen3-vl-235b-a22b-thinking', '2025-09-23', 131_072, 32_768, pondered],
  ['qwen3-vl-flash', '2025-10-15', 262_144, 32_768, pondered],
  ['qwen3-vl-plus', '2025-09-23', 262_144, 32_768, pondered],
  ['qwen3.5-122b-a10b', '2026-02-23', 262_144, 65_536, pondered],
  ['qwen3.5-397b-a17b', '2026-02-15', 262_144, 65_536, pondered],
  ['qwen3.5-flash', '2026-02-23', 1_000_000, 65_536, thought],
  ['qwen3.5-plus', '2026-02-16', 1_000_000, 65_536, pondered],
  ['qwen3.6-plus', '2026-04-02', 1_000_000, 65_536, pondered],
  ['qwen3.7-max', '2026-05-21', 1_000_000, 131_072, thought],
  ['qwq-plus', '2025-03-05', 131_072, 8192, chats(['text'], 'tools', 'reasoning')],
  ['text-embedding-v3', null, 8192, null, embeds],
  ['text-embedding-v4', null, 8192, null, embeds],
])
