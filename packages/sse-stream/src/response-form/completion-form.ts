import type {
  ChatCompletionChunk,
  ChatCompletionChunkChoice,
  Completion,
  CompletionChoice,
} from '@sluice/core/wire'

/**
 * An event of a legacy completion as the chunk that says the same. Further texts of a choice are
 * further channels, as they may grow like the first.
 */
export function completionAsChunk(completion: Completion): ChatCompletionChunk {
  return {
    ...completion,
    object: 'chat.completion.chunk',
    choices: completion.choices.map(asChunkChoice),
  }
}

function asChunkChoice({
  index,
  text,
  finish_reason: reason,
  logprobs,
  ...rest
}: CompletionChoice): ChatCompletionChunkChoice {
  const texts = Object.entries(rest).filter(([, value]) => typeof value === 'string')
  const others = Object.entries(rest).filter(([, value]) => typeof value !== 'string')
  return {
    ...Object.fromEntries(others),
    index,
    delta: { ...Object.fromEntries(texts), content: text },
    finish_reason: reason,
    logprobs: logprobs as unknown as NonNullable<ChatCompletionChunkChoice['logprobs']> | null,
  }
}

/** The way back. */
export function chunkAsCompletion(chunk: ChatCompletionChunk): Completion {
  return { ...chunk, object: 'text_completion', choices: chunk.choices.map(asCompletionChoice) }
}

function asCompletionChoice({
  index,
  delta,
  finish_reason: reason,
  logprobs,
  ...rest
}: ChatCompletionChunkChoice): CompletionChoice {
  const { content, role: _role, ...texts } = delta
  return {
    ...rest,
    ...texts,
    index,
    text: content ?? '',
    logprobs: (logprobs ?? null) as unknown as CompletionChoice['logprobs'],
    finish_reason: reason as CompletionChoice['finish_reason'],
  }
}

/** Events of a legacy completion put together: texts grow, of all else the last counts. */
export function joinCompletions(completions: readonly Completion[]): Completion | undefined {
  const [first] = completions
  if (first === undefined) return undefined
  const choices = new Map<number, CompletionChoice>()
  for (const completion of completions) {
    for (const choice of completion.choices) {
      const before = choices.get(choice.index)
      choices.set(choice.index, before === undefined ? choice : joinChoices(before, choice))
    }
  }
  const usage = completions.findLast((completion) => completion.usage)?.usage
  const sorted = [...choices.values()].sort((a, b) => a.index - b.index)
  const { usage: _usage, ...head } = first
  return { ...head, choices: sorted, ...(usage === undefined ? {} : { usage }) }
}

function joinChoices(before: CompletionChoice, after: CompletionChoice): CompletionChoice {
  const joined: CompletionChoice = { ...before, ...after }
  for (const [field, value] of Object.entries(before)) {
    const more = after[field]
    if (more === undefined) continue
    if (typeof value === 'string' && typeof more === 'string' && field !== 'finish_reason')
      joined[field] = value + more
  }
  joined.finish_reason = after.finish_reason ?? before.finish_reason
  joined.logprobs = joinLogprobs(before.logprobs, after.logprobs)
  return joined
}

/** Log probabilities of two parts: each of their lists goes on. */
export function joinLogprobs<Logprobs extends object>(
  before: Logprobs | null | undefined,
  after: Logprobs | null | undefined,
): Logprobs | null {
  if (!before || !after) return before ?? after ?? null
  const lists = new Map<string, unknown>(Object.entries(before))
  for (const [name, list] of Object.entries(after)) {
    const known = lists.get(name)
    lists.set(
      name,
      Array.isArray(known) && Array.isArray(list)
        ? [...(known as unknown[]), ...(list as unknown[])]
        : (list ?? known),
    )
  }
  return Object.fromEntries(lists) as Logprobs
}
