import type { OtherOperation } from '@sluice/providers'
import type { ProviderSpec } from '@sluice/providers'
import { anthropic } from '@sluice/providers/anthropic'
import { azureOpenAI } from '@sluice/providers/azure-openai'
import { bfl } from '@sluice/providers/bfl'
import { deepseek } from '@sluice/providers/deepseek'
import { gemini } from '@sluice/providers/gemini'
import { groq } from '@sluice/providers/groq'
import { iflow } from '@sluice/providers/iflow'
import { mistral } from '@sluice/providers/mistral'
import { moonshot } from '@sluice/providers/moonshot'
import { ollama } from '@sluice/providers/ollama'
import { openai } from '@sluice/providers/openai'
import { openrouter } from '@sluice/providers/openrouter'
import { qwen } from '@sluice/providers/qwen'
import { hostedRelay } from '@sluice/providers/hosted-relay'
import { vllm } from '@sluice/providers/vllm'
import { xai } from '@sluice/providers/xai'

/** Every vendor that has a spec. */
export const specs: readonly ProviderSpec[] = [
  openai,
  azureOpenAI,
  anthropic,
  gemini,
  xai,
  deepseek,
  qwen,
  moonshot,
  mistral,
  groq,
  iflow,
  openrouter,
  ollama,
  vllm,
  hostedRelay,
  bfl,
].map(({ spec }) => spec)

const has = (operation: OtherOperation) => (spec: ProviderSpec) =>
  spec.operations?.[operation] === undefined ? '' : '✓'

/** What is told of a vendor, by column. */
const columns: Readonly<Record<string, (spec: ProviderSpec) => string>> = {
  vendor: ({ id }) => `\`${id}\``,
  chat: ({ chat }) => (chat === undefined ? '' : '✓'),
  'choices in a request': ({ chat }) =>
    chat === undefined ? '' : String(chat.maxChoices ?? 'any'),
  completions: (spec) => has('completions')(spec) || (spec.chat === undefined ? '' : 'over chat'),
  responses: ({ responses, chat }) =>
    responses !== undefined ? '✓' : chat === undefined ? '' : 'over chat',
  embeddings: ({ embeddings }) => (embeddings === undefined ? '' : '✓'),
  images: has('images.generate'),
  'image edits': has('images.edit'),
  'image variations': has('images.createVariation'),
  transcriptions: has('audio.transcriptions'),
  translations: has('audio.translations'),
  speech: has('audio.speech'),
  moderations: has('moderations'),
  'known models': ({ models }) => String(models?.length ?? ''),
  'lists its models': ({ listing }) => (listing === undefined ? '' : '✓'),
}

/**
 * The table of vendors and abilities as Markdown, and below it what each vendor's chat cannot
 * carry.
 */
export function abilityTable(): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const names = Object.keys(columns)
  const rows = specs.map((spec) => row(Object.values(columns).map((cell) => cell(spec))))
  const drops = specs.flatMap(({ id, chat }) =>
    chat === undefined
      ? []
      : [row([`\`${id}\``, chat.unsupportedParams.map((name) => `\`${name}\``).join(' ') || '–'])],
  )
  const table = [row(names), row(names.map(() => '---')), ...rows]
  return [
    ...table,
    '',
    row(['vendor', 'chat params that it cannot carry']),
    row(['---', '---']),
    ...drops,
  ].join('\n')
}

const START = '<!-- abilities: generated -->'
const END = '<!-- abilities: end -->'

/** A README with the table in its place. @throws Error where it has no place for it */
export function withAbilityTable(readme: string): string {
  const start = readme.indexOf(START)
  const end = readme.indexOf(END)
  if (start < 0 || end < start)
    throw new Error(`The README has no place between ${START} and ${END}.`)
  return `${readme.slice(0, start + START.length)}\n${abilityTable()}\n${readme.slice(end)}`
}
