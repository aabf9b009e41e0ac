import type { ChatCompletion, FinishReason } from '@sluice/core/wire'
import { normalizeUsage } from '@sluice/sse-stream/internal'

const REASONS: ReadonlySet<unknown> = new Set<FinishReason>([
  'stop',
  'length',
  'tool_calls',
  'content_filter',
  'function_call',
])

type Choice = ChatCompletion['choices'][number]

/**
 * Returns a completion that holds everything that clients rely on: the same object where nothing is
 * missing, so that its bytes can be sent on; a copy with `refusal: null` and `logprobs: null` where
 * only those are, which most vendors leave out; `undefined` where it has to be read piece by piece.
 */
export function completeDocument(json: unknown): ChatCompletion | undefined {
  if (!isSound(json)) return undefined
  return json.choices.every(hasNulls) ? json : { ...json, choices: json.choices.map(withNulls) }
}

/** A choice as vendors give it, which leave out what they have not. */
interface GivenChoice extends Omit<Choice, 'logprobs' | 'message'> {
  readonly logprobs?: Choice['logprobs']
  readonly message: Omit<Choice['message'], 'refusal'> & { readonly refusal?: string | null }
}

function hasNulls({ logprobs, message }: GivenChoice): boolean {
  return logprobs !== undefined && message.refusal !== undefined
}

function withNulls({ logprobs = null, message, ...choice }: GivenChoice): Choice {
  const { refusal = null } = message
  return { ...choice, logprobs, message: { ...message, refusal } } as Choice
}

function isSound(json: unknown): json is ChatCompletion {
  const completion = json as Partial<ChatCompletion>
  if (
    typeof completion.id !== 'string' ||
    completion.id === '' ||
    completion.object !== 'chat.completion'
  )
    return false
  if (
    !(Number.isSafeInteger(completion.created) && completion.created! > 0) ||
    typeof completion.model !== 'string'
  )
    return false
  if (!Array.isArray(completion.choices) || completion.choices.length === 0) return false
  if (completion.usage === undefined || normalizeUsage(completion.usage) !== completion.usage)
    return false
  return completion.choices.every(isSoundChoice)
}

function isSoundChoice(choice: Choice, index: number): boolean {
  const { message } = choice
  if (choice.index !== index || !REASONS.has(choice.finish_reason)) return false
  const { logprobs } = choice
  if (logprobs !== undefined && logprobs !== null && logprobs.refusal === undefined) return false
  if (message?.role !== 'assistant' || hasOddities(message)) return false
  if (
    message.refusal !== undefined &&
    message.refusal !== null &&
    typeof message.refusal !== 'string'
  )
    return false
  if (message.annotations !== undefined && !isRecords(message.annotations)) return false
  if (choice['tool_calls'] !== undefined || choice['usage'] !== undefined) return false
  if (message.tool_calls === undefined) {
    return typeof message.content === 'string'
      ? choice.finish_reason === (message['function_call'] ? 'function_call' : 'stop') ||
          isCutOff(choice.finish_reason)
      : typeof message.refusal === 'string'
  }
  if (message.content !== null && typeof message.content !== 'string') return false
  // With calls an answer has not just stopped.
  if (choice.finish_reason === 'stop' || choice.finish_reason === 'function_call') return false
  return (
    Array.isArray(message.tool_calls) &&
    message.tool_calls.length > 0 &&
    message.tool_calls.every(isSoundCall)
  )
}

function isCutOff(reason: unknown): boolean {
  return reason === 'length' || reason === 'content_filter'
}

/** Whether it says something under a name, or in a form, that no client would look for. */
function hasOddities(message: Choice['message']): boolean {
  const {
    reasoning,
    reasoning_details: details,
    reasoning_content: thoughts,
    function_call: legacy,
  } = message
  if (reasoning !== undefined || message['thinking'] !== undefined) return true
  if (details !== undefined && (thoughts === undefined || thoughts === null)) return true
  if (thoughts !== undefined && thoughts !== null && typeof thoughts !== 'string') return true
  return isRecord(legacy) && typeof legacy['arguments'] !== 'string'
}

function isRecords(value: unknown): boolean {
  return Array.isArray(value) && value.every(isRecord)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function isSoundCall(
  call: NonNullable<ChatCompletion['choices'][number]['message']['tool_calls']>[number],
): boolean {
  if (typeof call.id !== 'string' || call.id === '') return false
  if (call.type === 'custom') {
    const { custom } = call
    const isCustom = typeof custom?.name === 'string' && typeof custom.input === 'string'
    return isCustom && call['index'] === undefined
  }
  if (call.type !== 'function') return false
  const { name, arguments: input } = call.function ?? {}
  if (typeof name !== 'string' || typeof input !== 'string') return false
  return input !== '' && call['index'] === undefined
}
