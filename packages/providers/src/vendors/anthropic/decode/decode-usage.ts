import type { CompletionUsage } from '@sluice/core/wire'
import { countOf, mergeCounts } from '@sluice/sse-stream/internal'
import { isObject, type Json } from '../json.ts'

/**
 * Usage by the client's count: the vendor counts what it read from its cache and what it wrote to
 * it beside the input, here all of it is the prompt. `cached_tokens` is what was read. Writes cost
 * more than input; they are told in `cache_write_tokens`.
 */
export function decodeUsage(usage: Json): CompletionUsage | undefined {
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
 * The usage said so far with what an event adds: its counts are totals, and those that it leaves
 * out, or repeats as 0, stand.
 */
export function mergeUsage(before: Json, more: unknown): Json {
  return isObject(more) ? mergeCounts(before, more) : before
}
