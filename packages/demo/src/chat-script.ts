import { MAX_CHOICES } from '@sluice/core/internal'
import type { ChatCompletionCreateParams, CompletionUsage, FinishReason } from '@sluice/core/wire'
import { answerText, thoughtText } from './answer-text.ts'
import { chooseTools } from './choose-tool.ts'
import { countTokens, splitTokens } from './count-tokens.ts'
import { promptTokens } from './prompt-tokens.ts'
import { readConversation, type Conversation } from './read-conversation.ts'
import { schemaInstance } from './schema-instance.ts'
import { textHints } from './text-hints.ts'
import { toolArguments } from './tool-arguments.ts'

/** A tool call as it will be said: its arguments in pieces. */
interface ScriptedCall {
  readonly id: string
  readonly name: string
  readonly arguments: readonly string[]
}

/** One choice as it will be said, in tokens. */
export interface ScriptedChoice {
  readonly reasoning: readonly string[]
  readonly content: readonly string[]
  readonly calls: readonly ScriptedCall[]
  readonly finishReason: FinishReason
}

/** A whole answer before it is said, streamed or not. */
export interface ChatScript {
  readonly choices: readonly ScriptedChoice[]
  readonly usage: CompletionUsage
}

/**
 * Tokens and log probabilities that one answer may have, so that no request makes an answer of a
 * hundred megabytes.
 */
const MAX_OUTPUT = 32_768
/** Where an answer is made of values, these take the demo's own words. */
const SAYS_THE_ANSWER = /^(?:answer|content|message|reply|response|summary|text)$/i

/**
 * Works out what the demo answers: tools where they are asked for, else an instance of the schema
 * that is asked for, else text; cut by `stop`, by the token limits (which reasoning counts towards)
 * and by the demo's own limit. `answerId` makes the ids of calls unique; it is of letters and
 * digits.
 */
export function chatScript(
  params: ChatCompletionCreateParams,
  model: string,
  answerId: string,
): ChatScript {
  const conversation = readConversation(params.messages)
  const count = Math.min(Math.max(params.n ?? 1, 1), MAX_CHOICES)
  const limit = Math.min(
    params.max_completion_tokens ?? params.max_tokens ?? Infinity,
    outputLimit(params, count),
  )
  const reasoning = splitTokens(
    typeof params.reasoning_effort === 'string'
      ? thoughtText(conversation, params.reasoning_effort)
      : '',
  )
  const calls = chooseTools(params, conversation).map((chosen) => ({
    name: chosen.tool.function.name,
    arguments: splitTokens(toolArguments(chosen, conversation.question)),
  }))
  const json = valuesOf(params, conversation, model)
  const values = json === undefined ? undefined : splitTokens(cutAtStop(json, params.stop))
  const choices = Array.from({ length: count }, (_, index): ScriptedChoice => {
    const thought = reasoning.slice(0, limit)
    const left = limit - thought.length
    if (calls.length > 0) {
      const own = calls.map((call, at) => ({ id: `call_${answerId}c${index}n${at}`, ...call }))
      return { reasoning: thought, content: [], ...cutCalls(own, left) }
    }
    const whole =
      values ?? splitTokens(cutAtStop(textOf(params, conversation, model, index), params.stop))
    const content = whole.slice(0, left)
    const isCut = content.length < whole.length || thought.length < reasoning.length
    return { reasoning: thought, content, calls: [], finishReason: isCut ? 'length' : 'stop' }
  })
  return { choices, usage: usageOf(params, choices) }
}

function textOf(
  params: ChatCompletionCreateParams,
  conversation: Conversation,
  model: string,
  index: number,
): string {
  return answerText(conversation, {
    variant: (params.seed ?? 0) + index,
    large: model === 'demo-large',
  })
}

/** The JSON that is asked for instead of text, the same for all choices. */
function valuesOf(
  params: ChatCompletionCreateParams,
  conversation: Conversation,
  model: string,
): string | undefined {
  const format = params.response_format
  const text = textOf(params, conversation, model, 0)
  if (format?.type === 'json_object') return JSON.stringify({ answer: text, demo: true })
  if (format?.type !== 'json_schema') return undefined
  const { given, suggest } = textHints(conversation.question)
  const instance = schemaInstance(format.json_schema.schema ?? true, {
    given,
    suggest: (name, schema, isRequired) =>
      SAYS_THE_ANSWER.test(name) ? text : suggest(name, schema, isRequired),
  })
  return JSON.stringify(instance)
}

function outputLimit(params: ChatCompletionCreateParams, choices: number): number {
  const entriesPerToken = params.logprobs === true ? 2 + (params.top_logprobs ?? 0) : 1
  return Math.floor(MAX_OUTPUT / (choices * entriesPerToken))
}

/** The text before the first stop sequence. */
function cutAtStop(text: string, stop: ChatCompletionCreateParams['stop']): string {
  let cut = text.length
  for (const sequence of typeof stop === 'string' ? [stop] : (stop ?? [])) {
    const at = sequence === '' ? -1 : text.indexOf(sequence)
    if (at >= 0) cut = Math.min(cut, at)
  }
  return text.slice(0, cut)
}

/** As much of the calls as fits; a call of which not even the name fits does not appear. */
function cutCalls(
  calls: readonly ScriptedCall[],
  limit: number,
): Pick<ScriptedChoice, 'calls' | 'finishReason'> {
  const fitting: ScriptedCall[] = []
  let left = limit
  for (const call of calls) {
    left -= countTokens(call.name)
    if (left < 0) return { calls: fitting, finishReason: 'length' }
    const said = call.arguments.slice(0, left)
    fitting.push({ ...call, arguments: said })
    left -= said.length
    if (said.length < call.arguments.length) return { calls: fitting, finishReason: 'length' }
  }
  return { calls: fitting, finishReason: 'tool_calls' }
}

function usageOf(
  params: ChatCompletionCreateParams,
  choices: readonly ScriptedChoice[],
): CompletionUsage {
  const prompt = promptTokens(params)
  let completion = 0
  let reasoning = 0
  for (const choice of choices) {
    reasoning += choice.reasoning.length
    completion += choice.reasoning.length + choice.content.length
    for (const call of choice.calls) completion += countTokens(call.name) + call.arguments.length
  }
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  }
}
