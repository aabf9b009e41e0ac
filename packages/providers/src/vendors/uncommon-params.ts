/** Params that are about OpenAI's own platform, or belong to its past. */
const UNCOMMON: readonly string[] = [
  'audio',
  'function_call',
  'functions',
  'logit_bias',
  'metadata',
  'modalities',
  'prediction',
  'prompt_cache_key',
  'prompt_cache_retention',
  'safety_identifier',
  'service_tier',
  'store',
  'user',
  'verbosity',
  'web_search_options',
]

/**
 * What an alike cannot carry: the params that most of them lack, less those that it has, and what
 * else it lacks.
 */
export function uncommonParams(vendor: {
  readonly but?: readonly string[]
  readonly and?: readonly string[]
}): string[] {
  return [...UNCOMMON.filter((name) => vendor.but?.includes(name) !== true), ...(vendor.and ?? [])]
}
