import type { CompletionUsage, MessageUsage } from '@sluice/core/wire'
import { countOf, mergeCounts } from '@sluice/sse-stream/internal'
import { isObject, type Json } from '../../vendor-spec/json.ts'

/**
 * Reads the usage of a message by chat's count: Anthropic counts what it read from its cache and
 * what it wrote to it beside the input, here all of it is the prompt. `cached_tokens` is what was
 * read. Writes cost more than input; they are told in `cache_write_tokens`.
 */
export function fromMessageUsage(usage: Json): CompletionUsage | undefined {
  const input = countOf(usage['input_tokens'])
  const output = countOf(usage['output_tokens'])
  if (input === undefined && output === undefined) return undefined
  const read = countOf(usage['cache_read_input_tokens']) ?? 0
  const written = countOf(usage['cache_creation_input_tokens']) ?? 0
  const prompt = (input ?? 0) + read + written
  const details = isObject(usage['output_tokens_details']) ? usage['output_tokens_details'] : {}
  const thought = countOf(details['thinking_tokens'])
  const serverTools = usage['server_tool_use']
  return {
    prompt_tokens: prompt,
    completion_tokens: output ?? 0,
    total_tokens: prompt + (output ?? 0),
    prompt_tokens_details: {
      cached_tokens: read,
      ...(written === 0 ? {} : { cache_write_tokens: written }),
    },
    ...(thought === undefined ? {} : { completion_tokens_details: { reasoning_tokens: thought } }),
    ...(isObject(serverTools) ? { server_tool_use: serverTools } : {}),
  }
}

/**
 * Adds to the usage said so far what an event says: its counts are totals, and those that it leaves
 * out, or repeats as 0, stand.
 */
export function mergeMessageUsage(before: Json, more: unknown): Json {
  return isObject(more) ? mergeCounts(before, more) : before
}

/** Returns what a chat answer cost in the words of a message; zeros where nobody said it. */
export function toMessageUsage(usage: CompletionUsage | undefined): MessageUsage {
  const prompt = usage?.prompt_tokens_details
  const read = countOf(prompt?.cached_tokens) ?? 0
  const written = countOf(prompt?.['cache_write_tokens']) ?? 0
  return {
    input_tokens: Math.max(0, (usage?.prompt_tokens ?? 0) - read - written),
    cache_creation_input_tokens: written,
    cache_read_input_tokens: read,
    output_tokens: usage?.completion_tokens ?? 0,
  }
}
