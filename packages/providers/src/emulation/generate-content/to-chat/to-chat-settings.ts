import type { ResponseFormat } from '@sluice/core/wire'
import { isObject, type Json } from '../../../vendor-spec/json.ts'
import { readMember } from '../read-member.ts'
import { toJsonSchema } from './to-json-schema.ts'

/** What of a `generationConfig` has a name of its own in chat. */
const NAMES: readonly (readonly [string, string])[] = [
  ['temperature', 'temperature'],
  ['topP', 'top_p'],
  ['topK', 'top_k'],
  ['maxOutputTokens', 'max_completion_tokens'],
  ['presencePenalty', 'presence_penalty'],
  ['frequencyPenalty', 'frequency_penalty'],
  ['seed', 'seed'],
]

const READ: ReadonlySet<string> = new Set([
  ...NAMES.map(([name]) => name),
  'candidateCount',
  'stopSequences',
  'responseMimeType',
  'responseSchema',
  'responseJsonSchema',
  'responseModalities',
  'responseLogprobs',
  'logprobs',
  'thinkingConfig',
])

/** The client makes the names of these; a header takes only so many. */
const MAX_DROPS = 32

/** The tokens up to which an effort is meant, as Google's own chat takes efforts for budgets. */
const EFFORTS: readonly (readonly [number, string])[] = [
  [0, 'none'],
  [1024, 'low'],
  [8192, 'medium'],
  [Infinity, 'high'],
]

/**
 * Returns the `generationConfig` of a request in Gemini's form as params of chat. `drops` gets what
 * of it chat has no word for.
 */
export function toChatSettings(config: Json, drops: Set<string>): Json {
  const chat = new Map<string, unknown>()
  const set = (name: string, value: unknown) => {
    if (value !== undefined && value !== null) chat.set(name, value)
  }
  for (const [name, theirs] of NAMES) set(theirs, readMember(config, name))
  const stops = readMember(config, 'stopSequences')
  if (Array.isArray(stops) && stops.length > 0) set('stop', stops)
  const count = readMember(config, 'candidateCount')
  if (typeof count === 'number' && count > 1) set('n', count)
  if (readMember(config, 'responseLogprobs') === true) {
    set('logprobs', true)
    set('top_logprobs', config['logprobs'])
  }
  set('modalities', modalities(readMember(config, 'responseModalities')))
  set('response_format', responseFormat(config, drops))
  set('reasoning_effort', reasoningEffort(readMember(config, 'thinkingConfig')))
  for (const name of Object.keys(config)) {
    const camel = name.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase())
    if (!READ.has(camel) && config[name] !== null && drops.size < MAX_DROPS)
      drops.add(`generationConfig.${camel.slice(0, 64)}`)
  }
  return Object.fromEntries(chat)
}

/** Whether the client wants to see what the model thinks. */
export function includesReasoning(config: Json): boolean {
  const thinking = readMember(config, 'thinkingConfig')
  return isObject(thinking) && readMember(thinking, 'includeThoughts') === true
}

function modalities(given: unknown): string[] | undefined {
  if (!Array.isArray(given)) return undefined
  const words = given.flatMap((one) => (typeof one === 'string' ? [one.toLowerCase()] : []))
  return words.every((word) => word === 'text') ? undefined : words
}

function responseFormat(config: Json, drops: Set<string>): ResponseFormat | undefined {
  const type = readMember(config, 'responseMimeType')
  const json = readMember(config, 'responseJsonSchema')
  const own = readMember(config, 'responseSchema')
  const schema = isObject(json) ? json : isObject(own) ? toJsonSchema(own) : undefined
  if (type !== undefined && type !== null && type !== 'text/plain' && type !== 'application/json') {
    drops.add('generationConfig.responseMimeType')
    return undefined
  }
  if (schema !== undefined)
    return { type: 'json_schema', json_schema: { name: 'response', schema } }
  return type === 'application/json' ? { type: 'json_object' } : undefined
}

function reasoningEffort(thinking: unknown): string | undefined {
  if (!isObject(thinking)) return undefined
  const level = readMember(thinking, 'thinkingLevel')
  if (typeof level === 'string' && /^(?:minimal|low|medium|high)$/i.test(level))
    return level.toLowerCase()
  const budget = readMember(thinking, 'thinkingBudget')
  // Below nothing the model decides by itself.
  if (typeof budget !== 'number' || !(budget >= 0)) return undefined
  return EFFORTS.find(([tokens]) => budget <= tokens)?.[1]
}
