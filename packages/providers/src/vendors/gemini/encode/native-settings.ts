import type { ChatCompletionCreateParams } from '@sluice/core/wire'
import { isObject } from '../json.ts'

/** Settings that only Gemini has, in its own words. */
export interface NativeSettings {
  readonly generationConfig?: unknown
  readonly thinkingConfig?: unknown
  readonly toolConfig?: unknown
  readonly safetySettings?: unknown
  readonly cachedContent?: unknown
  readonly labels?: unknown
}

const SETTINGS: readonly (readonly [keyof NativeSettings, string])[] = [
  ['generationConfig', 'generation_config'],
  ['thinkingConfig', 'thinking_config'],
  ['toolConfig', 'tool_config'],
  ['safetySettings', 'safety_settings'],
  ['cachedContent', 'cached_content'],
  ['labels', 'labels'],
]

/**
 * Gemini's own settings among the params: beside OpenAI's, or under `google` and
 * `extra_body.google`, where Google's OpenAI-compatible API has them.
 */
export function nativeSettings(params: ChatCompletionCreateParams): NativeSettings {
  const { google, extra_body: extra } = params
  const holders = [isObject(extra) ? extra['google'] : undefined, google, params].filter(isObject)
  const settings: Record<string, unknown> = {}
  for (const [name, otherName] of SETTINGS) {
    for (const holder of holders) settings[name] ??= holder[name] ?? holder[otherName]
  }
  return settings
}
