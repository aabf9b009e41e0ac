import { chats, entriesOf } from './catalog-entry.ts'

const said = chats(['text'], 'tools')
const formed = chats(['text'], 'tools', 'json_schema')
const thought = chats(['text'], 'tools', 'json_schema', 'reasoning')
const seen = chats(['text', 'image'], 'tools', 'json_schema')
const pondered = chats(['text', 'image'], 'tools', 'json_schema', 'reasoning')
const read = chats(['text', 'image', 'pdf'], 'tools', 'json_schema', 'reasoning')
const sensed = chats(
  ['text', 'image', 'audio', 'video', 'pdf'],
  'tools',
  'json_schema',
  'reasoning',
)

/**
 * A selection of what OpenRouter offers, sorted by id. The upstream behind a name may set a lower
 * limit.
 */
export const openrouterEntries = entriesOf('openrouter', [
  ['anthropic/claude-haiku-4.5', '2025-10-15', 200_000, 64_000, pondered],
  ['anthropic/claude-opus-4.5', '2025-11-24', 200_000, 64_000, read],
  ['anthropic/claude-sonnet-4.5', '2025-09-29', 1_000_000, 64_000, read],
  ['deepseek/deepseek-chat-v3.1', '2025-08-21', 163_840, null, thought],
  ['deepseek/deepseek-r1-0528', '2025-05-28', 163_840, null, thought],
  ['deepseek/deepseek-v3.2', '2025-12-01', 163_840, null, thought],
  ['google/gemini-2.5-flash', '2025-06-17', 1_048_576, 65_535, sensed],
  ['google/gemini-2.5-pro', '2025-06-17', 1_048_576, 65_536, sensed],
  ['google/gemini-3-pro-preview', '2025-11-18', 1_048_576, 65_536, sensed],
  ['google/gemma-3-27b-it', '2025-03-12', 131_072, null, seen],
  ['meta-llama/llama-3.1-405b-instruct', '2024-07-23', 131_072, null, said],
  ['meta-llama/llama-3.3-70b-instruct', '2024-12-06', 131_072, null, said],
  ['meta-llama/llama-4-maverick', '2025-04-05', 1_048_576, null, seen],
  ['meta-llama/llama-4-scout', '2025-04-05', null, null, seen],
  ['minimax/minimax-m2', '2025-10-23', null, null, thought],
  ['mistralai/mistral-large-2512', '2025-12-01', 262_144, null, seen],
  ['mistralai/mistral-medium-3.1', '2025-08-13', 131_072, null, seen],
  ['moonshotai/kimi-k2-0905', '2025-09-04', 262_144, null, formed],
  ['moonshotai/kimi-k2-thinking', '2025-11-06', 262_144, null, thought],
  ['nousresearch/hermes-4-405b', '2025-08-26', 131_072, null, thought],
  ['openai/gpt-4.1', '2025-04-14', 1_047_576, 32_768, seen],
  ['openai/gpt-4o', '2024-05-13', 128_000, 16_384, seen],
  ['openai/gpt-5', '2025-08-07', 400_000, 128_000, pondered],
  ['openai/gpt-5-mini', '2025-08-07', 400_000, 128_000, pondered],
  ['openai/gpt-oss-120b', '2025-08-05', 131_072, null, thought],
  ['openrouter/auto', '2023-11-08', 2_000_000, null, chats(['text'])],
  ['perplexity/sonar', '2025-01-27', 127_072, null, chats(['text', 'image'])],
  ['perplexity/sonar-pro', '2025-03-07', 200_000, 8000, chats(['text', 'image'])],
  ['qwen/qwen3-235b-a22b-2507', '2025-07-21', 262_144, null, formed],
  ['qwen/qwen3-coder', '2025-07-23', 262_144, null, formed],
  ['x-ai/grok-4', '2025-07-09', 256_000, null, pondered],
  ['x-ai/grok-4-fast', '2025-09-19', 2_000_000, 30_000, pondered],
  ['x-ai/grok-code-fast-1', '2025-08-26', 256_000, 10_000, thought],
  ['z-ai/glm-4.6', '2025-09-30', null, null, thought],
])
