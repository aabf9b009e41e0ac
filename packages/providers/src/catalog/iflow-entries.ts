import { chats, entriesOf } from './catalog-entry.ts'

const said = chats(['text'], 'tools')
const thought = chats(['text'], 'tools', 'reasoning')

/** Models that iFlow hosts, sorted by id. It caps every answer at 8,192 tokens. */
export const iflowEntries = entriesOf('iflow', [
  ['deepseek-r1', '2025-01-20', 128_000, 8192, thought],
  ['deepseek-v3', '2024-12-26', 128_000, 8192, said],
  ['deepseek-v3.1', '2025-08-21', 128_000, 8192, said],
  ['deepseek-v3.2', '2025-12-01', 128_000, 8192, thought],
  ['glm-4.6', '2025-09-30', 200_000, 8192, thought],
  ['glm-4.7', '2025-12-21', 200_000, 8192, thought],
  ['kimi-k2', '2025-07-11', 128_000, 8192, said],
  ['kimi-k2-0905', '2025-09-05', 256_000, 8192, said],
  ['qwen3-235b', '2025-04-28', null, 8192, thought],
  ['qwen3-235b-a22b-instruct', '2025-07-21', 256_000, 8192, said],
  ['qwen3-235b-a22b-thinking-2507', '2025-07-25', 256_000, 8192, thought],
  ['qwen3-32b', '2025-04-28', 128_000, 8192, thought],
  ['qwen3-coder-plus', '2025-07-22', null, 8192, said],
  ['qwen3-max', '2025-09-23', 256_000, 8192, said],
  ['qwen3-vl-plus', '2025-09-23', 256_000, 8192, chats(['text', 'image'], 'tools')],
])
