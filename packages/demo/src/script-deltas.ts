import type { ChoiceLogprobs } from '@sluice/core/wire'
import type { ChatDelta } from '@sluice/sse-stream/internal'
import type { ChatScript, ScriptedChoice } from './chat-script.ts'
import { tokenLogprob } from './token-logprob.ts'

/** How a script is said. */
export interface SayOptions {
  /** Rivals of each token to be listed; `undefined` gives no log probabilities. */
  readonly topLogprobs: number | undefined
  /** Fields of each chunk beside OpenAI's required ones. */
  readonly chunkFields: Readonly<Record<string, unknown>>
}

type ToolCalls = NonNullable<NonNullable<ChatDelta['delta']>['tool_calls']>

/**
 * A script token by token. Each step holds the next token of every choice that still speaks, so
 * that choices take turns; the first step opens them, and a choice's last word brings its finish
 * reason with it.
 */
export function* spokenSteps(
  script: ChatScript,
  options: SayOptions,
): Generator<readonly ChatDelta[], void> {
  const speakers = script.choices.map((choice, index) => speak(choice, index, options))
  for (;;) {
    const step = speakers.flatMap((speaker) => speaker.next().value ?? [])
    if (step.length === 0) return
    yield step
  }
}

/** A script all at once: two deltas for each choice. */
export function writtenDeltas(script: ChatScript, options: SayOptions): ChatDelta[] {
  return script.choices.flatMap((choice, index) => {
    const { reasoning, content, calls } = choice
    const delta = {
      content: calls.length > 0 ? null : content.join(''),
      refusal: null,
      ...(reasoning.length > 0 ? { reasoning_content: reasoning.join('') } : {}),
      ...(calls.length > 0
        ? { tool_calls: calls.flatMap((call, at) => partOfCall(at, call.arguments.join(''), call)) }
        : {}),
    }
    const logprobs = logprobsOf(content, 0, calls.length > 0 ? undefined : options.topLogprobs)
    return [
      { index, delta, logprobs, chunkFields: options.chunkFields },
      { index, finishReason: choice.finishReason, chunkFields: options.chunkFields },
    ]
  })
}

function* speak(
  choice: ScriptedChoice,
  index: number,
  options: SayOptions,
): Generator<ChatDelta[], undefined> {
  const { chunkFields } = options
  const say = (
    delta: NonNullable<ChatDelta['delta']>,
    logprobs: ChoiceLogprobs | null = null,
  ): ChatDelta => ({
    index,
    delta,
    logprobs,
    chunkFields,
  })
  // Each step waits for the one behind it, because the last one has the finish reason added.
  let step = [say({ content: choice.calls.length > 0 ? null : '', refusal: null })]
  let isOpening = true
  for (const delta of spokenPieces(choice, options.topLogprobs, say)) {
    if (isOpening) step.push(delta)
    else {
      yield step
      step = [delta]
    }
    isOpening = false
  }
  step.push({ ...say({}), finishReason: choice.finishReason })
  yield step
  return undefined
}

function* spokenPieces(
  { reasoning, content, calls }: ScriptedChoice,
  topLogprobs: number | undefined,
  say: (delta: NonNullable<ChatDelta['delta']>, logprobs?: ChoiceLogprobs | null) => ChatDelta,
): Generator<ChatDelta, void> {
  for (const token of reasoning) yield say({ reasoning_content: token })
  for (const [position, token] of content.entries()) {
    yield say({ content: token }, logprobsOf([token], position, topLogprobs))
  }
  for (const [at, call] of calls.entries()) {
    yield say({ tool_calls: partOfCall(at, '', call) })
    for (const piece of call.arguments) yield say({ tool_calls: partOfCall(at, piece) })
  }
}

function partOfCall(
  index: number,
  text: string,
  opening?: { readonly id: string; readonly name: string },
): ToolCalls {
  return opening === undefined
    ? [{ index, function: { arguments: text } }]
    : [
        {
          index,
          id: opening.id,
          type: 'function',
          function: { name: opening.name, arguments: text },
        },
      ]
}

function logprobsOf(
  tokens: readonly string[],
  from: number,
  top: number | undefined,
): ChoiceLogprobs | null {
  if (top === undefined) return null
  return { content: tokens.map((token, at) => tokenLogprob(token, from + at, top)), refusal: null }
}
