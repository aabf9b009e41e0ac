import { chats, entriesOf, type ModelKind } from './catalog-entry.ts'

const said = chats(['text'], 'tools')
const seen = chats(['text', 'image'], 'tools', 'json_schema')
const formed = chats(['text'], 'tools', 'json_schema')
const thought = chats(['text'], 'tools', 'json_schema', 'reasoning')
const listens: ModelKind = { input: ['audio'], output: ['text'], abilities: ['transcription'] }
const old = { deprecated: true } as const

/** Models that Groq hosts, sorted by id. */
export const groqEntries = entriesOf('groq', [
  ['allam-2-7b', '2025-01-23', 4096, 4096, chats(['text'])],
  [
    'deepseek-r1-distill-llama-70b',
    '2025-01-26',
    131_072,
    131_072,
    chats(['text'], 'tools', 'reasoning'),
    old,
  ],
  ['gemma2-9b-it', '2024-06-27', 8192, 8192, said, old],
  ['groq/compound', '2025-09-04', 131_072, 8192, chats(['text'], 'reasoning')],
  ['groq/compound-mini', '2025-09-04', 131_072, 8192, chats(['text'], 'reasoning')],
  ['llama-3.1-8b-instant', '2024-07-23', 131_072, 131_072, said],
  ['llama-3.3-70b-versatile', '2024-12-06', 131_072, 32_768, said],
  ['meta-llama/llama-4-maverick-17b-128e-instruct', '2025-04-05', 131_072, 8192, seen],
  ['meta-llama/llama-4-scout-17b-16e-instruct', '2025-04-05', 131_072, 8192, seen],
  ['moonshotai/kimi-k2-instruct-0905', '2025-09-05', 262_144, 16_384, formed],
  ['openai/gpt-oss-120b', '2025-08-05', 131_072, 65_536, thought],
  ['openai/gpt-oss-20b', '2025-08-05', 131_072, 65_536, thought],
  ['openai/gpt-oss-safeguard-20b', '2025-10-29', 131_072, 65_536, thought],
  ['qwen/qwen3-32b', '2025-06-11', 131_072, 40_960, thought],
  ['whisper-large-v3', '2023-11-06', null, null, listens],
  ['whisper-large-v3-turbo', '2024-10-01', null, null, listens],
])
