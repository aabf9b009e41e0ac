import { chats, entriesOf } from './catalog-entry.ts'

const said = chats(['text'], 'tools')
const thought = chats(['text'], 'tools', 'reasoning')

/** DeepSeek's models, sorted by id. The two oldest names stay and lead to its newest generation. */
export const deepseekEntries = entriesOf('deepseek', [
  ['deepseek-chat', '2025-12-01', 1_000_000, 8192, said, { aliases: ['deepSeek-v3'] }],
  ['deepseek-reasoner', '2025-12-01', 1_000_000, 128_000, thought, { aliases: ['deepSeek-r1'] }],
  ['deepseek-v4-flash', '2026-04-24', 1_000_000, 384_000, thought],
  ['deepseek-v4-pro', '2026-04-24', 1_000_000, 384_000, thought],
])
