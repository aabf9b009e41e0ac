import type { Provider, ProviderOptions } from '@sluice/providers'
import { anthropic } from '@sluice/providers/anthropic'
import { deepseek } from '@sluice/providers/deepseek'
import { gemini } from '@sluice/providers/gemini'
import { iflow } from '@sluice/providers/iflow'
import { moonshot } from '@sluice/providers/moonshot'
import { openai } from '@sluice/providers/openai'
import { qwen } from '@sluice/providers/qwen'
import { xai } from '@sluice/providers/xai'

/**
 * A vendor that the gateway can be told of: `<env>_API_KEY` turns it on, `<env>_BASE_URL` moves it.
 */
export interface Vendor {
  /** In front of a model name, with a slash: everything behind it goes to this vendor untouched. */
  readonly prefix: string
  readonly env: string
  readonly create: (options: ProviderOptions) => Provider
  /** Names that everybody knows to be this vendor's. */
  readonly patterns: readonly string[]
}

/** Every vendor, as data. */
export const vendors: readonly Vendor[] = [
  {
    prefix: 'openai',
    env: 'OPENAI',
    create: openai,
    patterns: [
      'gpt-*',
      'chatgpt-*',
      'o1*',
      'o3*',
      'o4*',
      'text-embedding-*',
      'whisper-*',
      'tts-*',
      'dall-e-*',
      'omni-moderation-*',
      'text-moderation-*',
      'davinci-*',
      'babbage-*',
    ],
  },
  { prefix: 'anthropic', env: 'ANTHROPIC', create: anthropic, patterns: ['claude-*'] },
  { prefix: 'gemini', env: 'GEMINI', create: gemini, patterns: ['gemini-*', 'imagen-*'] },
  { prefix: 'xai', env: 'XAI', create: xai, patterns: ['grok-*'] },
  { prefix: 'deepseek', env: 'DEEPSEEK', create: deepseek, patterns: ['deepseek-*'] },
  { prefix: 'dashscope', env: 'DASHSCOPE', create: qwen, patterns: ['qwen*', 'qwq-*', 'qvq-*'] },
  { prefix: 'moonshot', env: 'MOONSHOT', create: moonshot, patterns: ['kimi*', 'moonshot-*'] },
  { prefix: 'iflow', env: 'IFLOW', create: iflow, patterns: [] },
]
