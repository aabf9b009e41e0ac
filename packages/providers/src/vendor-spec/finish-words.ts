import type { FinishReason } from '@sluice/core/wire'

/**
 * The words by which vendors say why an answer ended, by what they are to an OpenAI client.
 * `failed` is a failure in the guise of an end: the engine gave up, or its network did. Sources:
 * the references of Anthropic, Cohere, DeepSeek, Gemini, Mistral, Ollama, SGLang, TGI, vLLM and
 * Zhipu.
 */
const WORDS: Readonly<Record<FinishReason | 'failed' | 'none', readonly string[]>> = {
  none: ['null', 'none', 'nil', 'undefined', 'nan', 'false'],
  stop: [
    'stop',
    'eos',
    'eos_token',
    'end_turn',
    'stop_sequence',
    'complete',
    'completed',
    'done',
    'finished',
    'ok',
    'success',
    'no_error',
  ],
  length: [
    'length',
    'max_tokens',
    'max_length',
    'max_new_tokens',
    'max_output_tokens',
    'max_completion_tokens',
    'model_length',
    'context_length',
    'context_length_exceeded',
    'model_context_window_exceeded',
    'token_limit',
    'truncated',
    'incomplete',
    'repetition',
    'repetition_truncation',
  ],
  tool_calls: ['tool_calls', 'tool_call', 'tool_use', 'function_calls'],
  function_call: ['function_call'],
  content_filter: [
    'content_filter',
    'content_filtered',
    'content_policy',
    'content_policy_violation',
    'policy_violation',
    'sensitive',
    'safety',
    'refusal',
    'blocked',
    'blocklist',
    'prohibited_content',
    'recitation',
    'spii',
    'language',
    'model_armor',
    'moderation',
    'flagged',
    'guardrail_intervened',
    'error_toxic',
    'image_safety',
    'image_prohibited_content',
    'image_recitation',
  ],
  failed: [
    'error',
    'network_error',
    'server_error',
    'internal_error',
    'internal_server_error',
    'engine_error',
    'abort',
    'aborted',
    'cancel',
    'cancelled',
    'canceled',
    'interrupted',
    'disconnected',
    'timeout',
    'failed',
    'failure',
    'user_cancel',
    'insufficient_system_resource',
    'overloaded',
    'unavailable',
    'service_unavailable',
    'rate_limit',
    'rate_limited',
    'rate_limit_exceeded',
    'too_many_requests',
    'insufficient_quota',
    'deadline_exceeded',
    'killed',
    'preempted',
    'exception',
    'internal',
  ],
}

const MEANINGS: ReadonlyMap<string, FinishReason | 'failed' | 'none'> = new Map(
  Object.entries(WORDS).flatMap(([meaning, words]) =>
    words.map((word) => [lettersOf(word), meaning as FinishReason | 'failed' | 'none'] as const),
  ),
)

/** A longer word is nobody's reason. */
const MAX_LENGTH = 64

/** What a vendor says of an answer's end. */
export interface VendorFinish {
  /** The reason in OpenAI's words, or `failed`. */
  readonly meaning: FinishReason | 'failed'
  /** The vendor's own word. */
  readonly word: string
}

/**
 * Reads why an answer ended; `undefined` where it did not: no word, or one that stands for none. A
 * word that is not known, or something else than a word, is an end all the same, a `stop`.
 */
export function readFinish(
  reason: unknown,
  own?: ReadonlyMap<string, FinishReason | 'failed'>,
): VendorFinish | undefined {
  if (Array.isArray(reason))
    return readFinish(
      reason.find((one) => typeof one === 'string'),
      own,
    )
  if (typeof reason === 'object' && reason !== null) {
    const { type, reason: inner, unified } = reason as Readonly<Record<string, unknown>>
    const word = [type, inner, unified].find((value) => typeof value === 'string')
    return word === undefined ? { meaning: 'stop', word: 'unknown' } : readFinish(word, own)
  }
  if (typeof reason === 'number' || reason === true)
    return reason === 0 ? undefined : { meaning: 'stop', word: String(reason) }
  if (typeof reason !== 'string') return undefined
  const word = reason.trim()
  if (word === '') return undefined
  const meaning = own?.get(word) ?? meaningOf(word)
  return meaning === 'none' ? undefined : { meaning, word }
}

function meaningOf(word: string): FinishReason | 'failed' | 'none' {
  if (word.length > MAX_LENGTH) return 'stop'
  const letters = lettersOf(word).replace(/^(?:finish|stop)reason(?=.)/, '')
  const known = MEANINGS.get(letters)
  if (known !== undefined) return known
  // Whatever failed, by the names that servers give to it.
  return /(?:error|exception|timeout)$/.test(letters) ? 'failed' : 'stop'
}

/**
 * A word whether its parts are joined by dots, dashes or capitals: `FinishReason.MAX_TOKENS` and
 * `maxTokens` are one.
 */
function lettersOf(word: string): string {
  return word.toLowerCase().replaceAll(/[^a-z]/g, '')
}
